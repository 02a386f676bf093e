import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseVerifierKey } from '#contract/signed-note.ts';
import { policyOfLog } from '#contract/tlog-policy.ts';
import { verifyTlogProof } from '#contract/tlog-proof.ts';
import { nodeVerifierTools } from '../../server/commands/verifier-tools.ts';
import { openBrowser } from '../support/browser.ts';
import { visitPage } from '../support/page-visit.ts';
import { post } from '../support/requests.ts';
import { type ServerProcess, startServer } from '../support/start-server.ts';

let browser: Browser;
let server: ServerProcess;

beforeAll(async () => {
  [browser, server] = await Promise.all([
    openBrowser(),
    startServer({ env: { DEMO_SPEED: '100', DEMO_PAUSE_SECONDS: '3600' } }),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const visit = (path: string) => visitPage(browser, server.url + path);
const checkpoint = async () => (await fetch(`${server.url}/log/checkpoint`)).text();
const sizeOf = (note: string) => Number(note.split('\n')[1]);
const verifiedSize = async (page: Page) =>
  Number(await page.locator('[data-verified-size]').getAttribute('data-verified-size'));

async function placeOrder(): Promise<void> {
  const wish = { id: crypto.randomUUID(), design: 'corner-connector', parameters: {}, quantity: 1 };
  const answer = await post(`${server.url}/api/orders`, wish);
  expect(answer.status).toBe(201);
}

async function verifyAll(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Verify all/ }).click();
  await page.getByText(/^✓ All [\d,]+ entries are as they were signed$/).waitFor();
}

async function downloaded(page: Page, button: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

describe('the whole ledger in a real browser', () => {
  it('is verified against the running server, and then goes on by itself as it grows', async () => {
    const { page, errors, leave } = await visit('/ledger');
    await verifyAll(page);
    const before = await verifiedSize(page);
    expect(before).toBeGreaterThan(10);
    await placeOrder();
    await expect.poll(() => verifiedSize(page), { timeout: 40_000 }).toBeGreaterThan(before + 2);
    await expect
      .poll(() => page.locator('[data-tree]').getAttribute('data-tree'), { timeout: 40_000 })
      .toBe('good');
    const root = await page.locator('.whole-facts .mono').textContent();
    expect(root).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(errors).toEqual([]);
    await leave();
  });

  it('is found out with one bit of one entry flipped on the way, by the entry and the kind of fault', async () => {
    const { page, leave } = await visit('/ledger');
    await page.context().route('**/log/tile/entries/**', async (route) => {
      const answer = await route.fetch();
      const bundle = await answer.body();
      let at = 0;
      for (let index = 0; index < 7; index += 1) at += 2 + bundle.readUInt16BE(at);
      bundle[at + 30] = (bundle[at + 30] ?? 0) ^ 1;
      await route.fulfill({ response: answer, body: bundle });
    });
    await page.getByRole('button', { name: /^Verify all/ }).click();
    await page
      .locator('[data-fault="changed-entry"]')
      .getByText('An entry is not the one that was signed')
      .waitFor();
    expect(await page.locator('[data-tree]').getAttribute('data-tree')).toBe('bad');
    await page.getByRole('link', { name: 'Open entry 7', exact: true }).click();
    await page.waitForURL(/\/ledger\/7$/);
    await page.getByText('✕ An entry is not the one that was signed').waitFor();
    await leave();
  });

  it('must have grown since the last visit, and hands out both checkpoints where it did not', async () => {
    const old = await checkpoint();
    await placeOrder();
    await expect
      .poll(async () => sizeOf(await checkpoint()), { timeout: 40_000 })
      .toBeGreaterThan(sizeOf(old));
    const { page, leave } = await visit('/ledger');
    await verifyAll(page);
    await page.reload();
    await page.getByText(/^This browser verified/).waitFor();
    await page.context().route('**/log/checkpoint', (route) => route.fulfill({ body: old }));
    await page.getByRole('button', { name: /^Verify all/ }).click();
    await page.locator('[data-fault="stale"]').waitFor();
    const { name, text } = await downloaded(page, 'Save both signed checkpoints');
    expect(name).toBe('ledger-stale.txt');
    expect(text.endsWith(`\n${old}`)).toBe(true);
    await page.context().unroute('**/log/checkpoint');
    await page.getByRole('button', { name: 'Verify from the start' }).click();
    await page.getByText('the one that this browser remembers').waitFor();
    await leave();
  });

  it('gives a receipt of one entry that proves it offline', async () => {
    const { page, leave } = await visit('/ledger/5');
    const { name, text } = await downloaded(page, 'Save a receipt');
    expect(name).toBe('entry-5.tlog-proof');
    const head: { verifierKey: string } = await (await fetch(`${server.url}/api/ledger`)).json();
    const entry: { leaf: string } = await (await fetch(`${server.url}/api/entries/5`)).json();
    const tools = nodeVerifierTools;
    const policy = policyOfLog(parseVerifierKey(tools.sha256, head.verifierKey));
    const verdict = verifyTlogProof(text, new TextEncoder().encode(entry.leaf), policy, tools);
    expect(verdict).toMatchObject({ ok: true, index: 5 });
    await leave();
  });
});

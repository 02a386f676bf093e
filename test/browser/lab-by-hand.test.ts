import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { ask, startLabBeside } from '../support/lab-beside.ts';
import { visitPage } from '../support/page-visit.ts';
import { type ServerProcess, startServer } from '../support/start-server.ts';

let browser: Browser;
let server: ServerProcess;
let lab: Awaited<ReturnType<typeof startLabBeside>> | undefined;

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), startServer({ args: ['--empty'] })]);
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  await server?.stop();
});

const order = () =>
  ask(server, '/api/orders', { id: randomUUID(), design: 'flat-pack-stool', parameters: {}, quantity: 1 });

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const chip = (page: Page, words: string) => page.locator('.page-head .chip', { hasText: words });

async function openJob(page: Page, column: string): Promise<void> {
  await page.locator(`[data-column="${column}"] [data-card] a`).first().click();
  await page.waitForURL(/\/jobs\//);
}

describe('a lab whose people decide by hand', () => {
  it('is opened with the form, which shows the key once, in the line that starts its bridge', async () => {
    const { page, errors, leave } = await visitPage(browser, `${server.url}/labs`);
    await page.getByRole('button', { name: 'Open a lab' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Atelier Été');
    await page.getByLabel('Place').fill('Lyon');
    expect(await page.getByLabel('Short name').inputValue()).toBe('atelier-ete');
    await page.getByRole('switch', { name: 'Take jobs that fit by itself' }).press('Space');
    await page.locator('form.open-lab button[type="submit"]').click();
    await page.getByRole('heading', { name: 'The lab is open' }).waitFor();
    const line = (await page.locator('.open-lab pre').textContent()) ?? '';
    expect(line).toContain(`--lab atelier-ete --server ${server.url} --mqtt mqtt://`);
    const bridgeKey = /CW_BRIDGE_KEY=(\S+)/.exec(line)?.[1] ?? '';
    const mqttUrl = /--mqtt (\S+)/.exec(line)?.[1] ?? '';
    await page.reload();
    await page.locator('.lab', { hasText: 'Takes each job by hand.' }).waitFor();
    expect(await page.content()).not.toContain(bridgeKey);
    const small = { xMm: 900, yMm: 600, zMm: 100 };
    lab = await startLabBeside(
      server,
      { lab: 'atelier-ete', bridgeKey, mqttUrl },
      { speedUp: 400, envelope: small },
    );
    await page.locator('.machine .chip', { hasText: 'free' }).waitFor();
    await page.locator('.machine', { hasText: '900 × 600 × 100 mm' }).waitFor();
    expect(errors).toEqual([]);
    await leave();
  });

  it('whose machine is too small is told with the measure, before anybody orders', async () => {
    const { page, errors, leave } = await visitPage(browser, `${server.url}/designs/flat-pack-stool`);
    const routes = page.getByRole('region', { name: 'Who can make it' });
    await routes.getByText('Nobody can make this piece now.').waitFor();
    await routes.getByText(/Atelier Été, Router: [\d,.]+ mm short in [XY]/).waitFor();
    expect(errors).toEqual([]);
    await leave();
  });

  it('counts its stock', async () => {
    const { page, errors, leave } = await visitPage(browser, `${server.url}/labs`);
    await button(page, 'Count anew').click();
    await page.getByLabel(/plywood 18 mm/).fill('7');
    await button(page, 'This is what there is').click();
    await page.locator('.stock-lot', { hasText: '7 sheets' }).waitFor();
    expect(errors).toEqual([]);
    await leave();
  });

  it('takes a job, says that the bed is clear, and declines another with its reason', async () => {
    const { lab: name, ...keys } = await ask<{ lab: string; bridgeKey: string; mqttUrl: string }>(
      server,
      '/api/labs',
      { lab: 'south', name: 'Lab south', place: '', consent: 'by-hand', bedClear: 'by-hand' },
    );
    await lab?.stop();
    lab = await startLabBeside(server, { lab: name, ...keys }, { speedUp: 400 });
    await order();
    const { page, errors, leave } = await visitPage(browser, `${server.url}/board`);
    await openJob(page, 'wanted');
    await button(page, 'Take it').click();
    await page.getByText('the bed must be cleared').waitFor();
    await button(page, 'The bed is clear').click();
    await chip(page, 'Made').waitFor();
    await page.getByRole('link', { name: 'Board', exact: true }).click();
    await order();
    await openJob(page, 'wanted');
    await button(page, 'Decline').click();
    await page.getByLabel('Why').fill('Our extraction is broken');
    await page.locator('form.reason').getByRole('button', { name: 'Decline' }).click();
    await page
      .getByText(/Lab south, Router: declined it \(Our extraction is broken\)/)
      .first()
      .waitFor();
    expect(errors).toEqual([]);
    await leave();
  });

  it('does all of it at its desk, on a tablet beside the machine', async () => {
    await order();
    const { page, errors, leave } = await visitPage(browser, `${server.url}/labs`);
    await page.setViewportSize({ width: 820, height: 1_180 });
    await page.locator('.lab', { hasText: 'Lab south' }).getByRole('link', { name: 'To its desk' }).click();
    const part = (name: string) => page.getByRole('region', { name, exact: true });
    const job = part('You could take').locator('.desk-job').first();
    await job.getByRole('button', { name: 'Take it' }).click();
    await part('Needs you').getByRole('button', { name: 'The bed is clear' }).click();
    // What it used up is gone from the stock beside it, without a reload.
    await page.locator('.stock-lot', { hasText: '48 sheets' }).waitFor();
    await part('Needs you').getByText('Nothing waits for you.').waitFor();
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(beyond).toBeLessThanOrEqual(0);
    expect(errors).toEqual([]);
    await leave();
  });
});

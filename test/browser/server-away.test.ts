import { createServer } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { visitPage } from '../support/page-visit.ts';
import { startServer } from '../support/start-server.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
});

describe('a page whose server goes away', () => {
  it('says so, and shows the same state without a reload when the server is back', async () => {
    const env = { PORT: String(await freePort()) };
    const first = await startServer({ args: ['--empty'], env });
    const { page, errors, leave } = await visitPage(browser, `${first.url}/labs`);
    await page.getByRole('heading', { name: 'Labs' }).waitFor();
    await page.getByText('No lab yet').waitFor();
    await page.evaluate(() => document.body.setAttribute('data-never-reloaded', ''));
    await first.stop({ keepData: true });
    await page.getByText('The connection is lost').waitFor();
    const second = await startServer({ args: ['--empty'], env, dataDir: first.dataDir });
    await page.getByText('The connection is lost').waitFor({ state: 'hidden' });
    await fetch(`${second.url}/api/labs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        ...{ lab: 'north', name: 'Lab north', place: '', consent: 'automatic', bedClear: 'automatic' },
      }),
    });
    await page.getByRole('heading', { name: 'Lab north' }).waitFor();
    expect(await page.locator('body[data-never-reloaded]').count()).toBe(1);
    expect(errors).toEqual([]);
    await leave();
    await second.stop();
    first.removeData();
  });
});

describe('a server that others can reach', () => {
  it('lets everyone look, and asks for its key before anybody acts', async () => {
    const server = await startServer({ args: ['--empty'], env: { HOST: '0.0.0.0' } });
    const url = server.url.replace(/\/\/[^:/]+/, '//127.0.0.1');
    const key = /cw-\S+/.exec(server.output())?.[0] ?? '';
    const { page, errors, leave } = await visitPage(browser, `${url}/labs`);
    await page.getByRole('button', { name: 'Open a lab' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Lab north');
    const submit = page.locator('form.open-lab button[type="submit"]');
    await submit.click();
    const dialog = page.getByRole('dialog', { name: 'The key of this server' });
    await dialog.getByRole('textbox').fill('not-the-key');
    await dialog.getByRole('button', { name: 'Use this key' }).click();
    await submit.click();
    await dialog.getByText('This is not the key of this server').waitFor();
    await dialog.getByRole('textbox').fill(key);
    await dialog.getByRole('button', { name: 'Use this key' }).click();
    await submit.click();
    await page.getByRole('heading', { name: 'The lab is open' }).waitFor();
    await page.locator('.visitor', { hasText: 'You' }).waitFor();
    expect(errors).toEqual([]);
    await leave();
    await server.stop();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

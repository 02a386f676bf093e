import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { ask, openLabOn, startLabBeside } from '../support/lab-beside.ts';
import { visitPage } from '../support/page-visit.ts';
import { type ServerProcess, startServer } from '../support/start-server.ts';

let browser: Browser;
let server: ServerProcess;
let lab: Awaited<ReturnType<typeof startLabBeside>>;

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), startServer({ args: ['--empty'] })]);
  const opened = await openLabOn(server, 'north', { consent: 'automatic', bedClear: 'automatic' });
  lab = await startLabBeside(server, opened, { speedUp: 400, alarmAtLine: 40 });
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  await server?.stop();
});

describe('a job that failed on its machine', () => {
  it('shows the machine’s own words, and is made again once a person has freed the machine', async () => {
    const id = randomUUID();
    await ask(server, '/api/orders', { id, design: 'flat-pack-stool', parameters: {}, quantity: 1 });
    const { page, errors, leave } = await visitPage(browser, `${server.url}/board`);
    await page.locator('[data-column="failed"] [data-card] a').first().click();
    const why = page.locator('.doubts-fail');
    await why.getByText(/The machine stopped with an alarm \(“.*[Ll]imit/).waitFor();
    await page.getByRole('button', { name: 'Have it made again' }).click();
    await page.getByLabel('Why').fill('The limit switch is cleaned');
    await page.locator('form.reason').getByRole('button', { name: 'Have it made again' }).click();
    await page.getByText('Router has stopped and waits for a person').waitFor();
    await page.getByRole('button', { name: 'The machine is free' }).click();
    await page.getByRole('button', { name: 'Yes, I looked: it is free' }).click();
    const history = page.getByRole('region', { name: 'What happened' });
    await expect
      .poll(() => history.getByText('Machine started').count(), { timeout: 60_000 })
      .toBeGreaterThan(1);
    expect(errors).toEqual([]);
    await leave();
  });
});

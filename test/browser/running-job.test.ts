import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { ask, openLabOn, startLabBeside } from '../support/lab-beside.ts';
import { coloursOf, visitPage } from '../support/page-visit.ts';
import { type ServerProcess, startServer } from '../support/start-server.ts';

let browser: Browser;
let server: ServerProcess;
let lab: Awaited<ReturnType<typeof startLabBeside>>;

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), startServer({ args: ['--empty'] })]);
  const opened = await openLabOn(server, 'north', { consent: 'automatic', bedClear: 'by-hand' });
  lab = await startLabBeside(server, opened, { speedUp: 20 });
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  await server?.stop();
});

const order = () =>
  ask(server, '/api/orders', { id: randomUUID(), design: 'flat-pack-stool', parameters: {}, quantity: 1 });

/** The page of the newest job, reached over the board as people do. */
async function openJob(page: Page, column: string): Promise<void> {
  await page.locator(`[data-column="${column}"] [data-card] a`).first().click();
  await page.waitForURL(/\/jobs\//);
}

const chip = (page: Page, words: string) => page.locator('.page-head .chip', { hasText: words });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function startByClearingTheBed(page: Page): Promise<void> {
  await button(page, 'The bed is clear').click();
  await chip(page, 'On the machine').waitFor();
}

/** The colour that only a tool at work has, and that of what is cut. */
const isHot = ([red = 0, green = 0, blue = 0]: number[]) =>
  red >= 160 && red < 208 && green < 96 && blue < 48;
const isGreen = ([red = 0, green = 0, blue = 0]: number[]) =>
  red < 80 && green >= 80 && green < 144 && blue < 112;

const count = (colours: number[][], isOne: (colour: number[]) => boolean) =>
  colours.filter(isOne).reduce((sum, [, , , times = 0]) => sum + times, 0);

describe('a job on a machine', () => {
  it('is paused, resumed and cancelled by the buttons of its page', async () => {
    await order();
    const { page, errors, leave } = await visitPage(browser, `${server.url}/board`);
    await openJob(page, 'preparing');
    await startByClearingTheBed(page);
    await button(page, 'Pause').click();
    await chip(page, 'Paused').waitFor();
    await button(page, 'Resume').click();
    await chip(page, 'On the machine').waitFor();
    await button(page, 'Cancel the job').click();
    await page.getByLabel('Why').fill('The wrong sheet lies on the bed');
    await page.locator('form.reason').getByRole('button', { name: 'Cancel the job' }).click();
    await chip(page, 'Cancelled').waitFor();
    await page.locator('.history').getByText('The wrong sheet lies on the bed').waitFor();
    expect(errors).toEqual([]);
    await leave();
  });

  it('leaves a machine that waits for a person, who says on the labs page that it is free', async () => {
    const { page, errors, leave } = await visitPage(browser, `${server.url}/labs`);
    const machine = page.locator('.machine', { hasText: 'Router' });
    await machine.getByText('needs a person').waitFor();
    await machine.getByText('Take the part off').waitFor();
    await button(page, 'The machine is free').click();
    await button(page, 'Yes, I looked: it is free').click();
    await machine.locator('.chip', { hasText: 'free' }).waitFor();
    expect(await page.locator('.fault').count()).toBe(0);
    expect(errors).toEqual([]);
    await leave();
  });

  it('whose bridge died is unknown until a person says what they saw', async () => {
    await order();
    const { page, errors, leave } = await visitPage(browser, `${server.url}/board`);
    await openJob(page, 'preparing');
    await startByClearingTheBed(page);
    await page.locator('.readings', { hasText: 'heard' }).waitFor();
    await lab.killBridge();
    await chip(page, 'Unknown').waitFor();
    await page.getByRole('heading', { name: 'Nobody knows yet what became of it' }).waitFor();
    await button(page, 'It was made').click();
    await page.getByLabel('What did you see at the machine').fill('All parts are cut, the spindle is off');
    await page.locator('form.reason').getByRole('button', { name: 'It was made' }).click();
    await chip(page, 'Made').waitFor();
    await page.locator('.history').getByText('Outcome settled by a person').waitFor();
    expect(errors).toEqual([]);
    await leave();
  });

  it('that was made shows no tool any more, and says in words what was used', async () => {
    const { page, errors, leave } = await visitPage(browser, `${server.url}/board`);
    await openJob(page, 'made');
    await page.locator('.stage canvas[data-stage="open"]').waitFor();
    const pixels = async (isOne: (colour: number[]) => boolean) =>
      count(await coloursOf(page, '.stage-view'), isOne);
    await expect.poll(() => pixels(isGreen), { timeout: 60_000 }).toBeGreaterThan(100);
    expect(await pixels(isHot)).toBe(0);
    await page.getByText('Used 1 sheet of plywood 18 mm').waitFor();
    await page.getByText('Work of a person at Lab north').waitFor();
    await page.getByText('Parts made: Flat-pack stool').waitFor();
    expect(await page.getByText('Economic event').count()).toBe(0);
    await page.getByRole('button', { name: 'Français' }).click();
    await page.getByText('1 panneau de contreplaqué 18 mm utilisé').waitFor();
    await page.goto(`${server.url}/ledger`);
    await page.getByText('1 panneau de contreplaqué 18 mm utilisé').first().waitFor();
    expect(errors).toEqual([]);
    await leave();
  });
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { type ServerProcess, startServer } from '../support/start-server.ts';

const STAGE = '.stage canvas[data-stage="open"]';

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

/** A visitor of their own: nothing kept from others, and every error of the page fails the test. */
async function visit(
  path: string,
  locale = 'en-GB',
): Promise<{ page: Page; errors: string[]; leave: () => Promise<void> }> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 800 },
    locale,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(server.url + path);
  return { page, errors, leave: () => context.close() };
}

/** How many different colours the middle of an element shows: an empty stage has hardly any. */
async function coloursOf(page: Page, selector: string): Promise<number> {
  const picture = await page.locator(selector).first().screenshot({ type: 'png' });
  return page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext('2d');
    context?.drawImage(image, 0, 0);
    const { data } = context?.getImageData(0, 0, image.width, image.height) ?? {
      data: new Uint8ClampedArray(),
    };
    const colours = new Set<number>();
    for (let at = 0; at < data.length; at += 4)
      colours.add(
        (((data[at] ?? 0) >> 4) << 8) | (((data[at + 1] ?? 0) >> 4) << 4) | ((data[at + 2] ?? 0) >> 4),
      );
    return colours.size;
  }, picture.toString('base64'));
}

async function orderFrom(page: Page): Promise<string> {
  const place = page.getByRole('button', { name: 'Place the order' });
  await place.click();
  await page.waitForURL(/\/orders\//);
  await page.locator('[data-card]').first().waitFor();
  return (await page.locator('[data-card]').first().getAttribute('data-card')) ?? '';
}

/** From now on the page notes in which columns of the board each card stands; a reload would forget it. */
async function recordColumns(page: Page): Promise<void> {
  await page.evaluate(() => {
    const note = () => {
      for (const card of document.querySelectorAll<HTMLElement>('.column [data-card]')) {
        const slot = `columns-${card.dataset.card}`;
        const seen = new Set((document.body.getAttribute(slot) ?? '').split(' ').filter(Boolean));
        const column = card.closest<HTMLElement>('.column')?.dataset.column;
        if (column !== undefined && !seen.has(column))
          document.body.setAttribute(slot, [...seen, column].join(' '));
      }
    };
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
  });
}

async function columnsSeen(page: Page, job: string): Promise<string[]> {
  const noted = await page.evaluate((slot) => document.body.getAttribute(slot) ?? '', `columns-${job}`);
  return noted.split(' ').filter(Boolean);
}

describe('the page in a real browser', () => {
  it('shows the job that is on a machine, drawn on the stage', async () => {
    const { page, errors, leave } = await visit('/');
    await page.getByText(/Being (cut|printed) now|Made last/).waitFor();
    await page.locator(STAGE).waitFor();
    await expect
      .poll(() => coloursOf(page, '.hero-stage .stage-view'), { timeout: 60_000 })
      .toBeGreaterThan(40);
    await page.locator('.design-picture img').first().waitFor();
    expect(errors).toEqual([]);
    await leave();
  });

  it('changes shape and price with a parameter, and keeps it in the address', async () => {
    const { page, errors, leave } = await visit('/designs/wall-block');
    const price = page.locator('.order-price:not([data-busy])');
    await expect.poll(() => price.textContent(), { timeout: 60_000 }).toMatch(/€/);
    const size = page.locator('.design-stage .stage-top .figures').first();
    const [priceBefore, sizeBefore] = [await price.textContent(), await size.textContent()];
    const height = page.getByLabel('Height', { exact: true }).and(page.locator('input'));
    await height.fill('900');
    await expect.poll(() => size.textContent(), { timeout: 60_000 }).not.toBe(sizeBefore);
    await expect.poll(() => price.textContent(), { timeout: 60_000 }).not.toBe(priceBefore);
    expect(new URL(page.url()).searchParams.get('height')).toBe('900');
    expect(errors).toEqual([]);
    await leave();
  });

  it('says at the field that a value is out of its limits, and keeps the last good shape', async () => {
    const { page, leave } = await visit('/designs/wall-block');
    await page.locator('.order-price:not([data-busy])', { hasText: '€' }).waitFor();
    const height = page.getByLabel('Height', { exact: true }).and(page.locator('input'));
    await height.fill('99999');
    const sentence = page.locator('.field', { hasText: 'Height' }).getByText(/must be between .* not 99,999/);
    await sentence.waitFor();
    expect(await page.getByRole('button', { name: 'Place the order' }).isDisabled()).toBe(true);
    expect(await page.locator('.order-price').textContent()).toMatch(/€/);
    await leave();
  });

  it('moves an order across the board in two browsers at once, without a reload', async () => {
    const [buyer, watcher] = await Promise.all([visit('/designs/flat-pack-stool'), visit('/board')]);
    await recordColumns(watcher.page);
    await buyer.page.locator('.order-price:not([data-busy])', { hasText: '€' }).waitFor();
    const job = await orderFrom(buyer.page);
    await recordColumns(buyer.page);
    await buyer.page.getByRole('link', { name: 'Board', exact: true }).click();
    const isOnMachine = async ({ page }: { page: Page }) =>
      (await columnsSeen(page, job)).some((column) => column === 'running' || column === 'made');
    const both = async () => (await Promise.all([isOnMachine(buyer), isOnMachine(watcher)])).every(Boolean);
    await expect.poll(both, { timeout: 150_000, interval: 250 }).toBe(true);
    expect((await columnsSeen(watcher.page, job)).length).toBeGreaterThan(1);
    expect([...buyer.errors, ...watcher.errors]).toEqual([]);
    await Promise.all([buyer.leave(), watcher.leave()]);
  });

  it('verifies an entry in the browser, rung by rung', async () => {
    const { page, errors, leave } = await visit('/ledger/5');
    const panel = page.locator('[data-entry-panel]');
    await panel.locator('[data-rung="leaf"] button').click();
    await panel.locator('[data-rung="leaf"][data-state="good"]').waitFor();
    await panel.getByRole('button', { name: 'Verify', exact: true }).click();
    await panel.getByText('In the log, and signed for').waitFor();
    expect(await panel.locator('[data-rung]:not([data-state="good"])').count()).toBe(0);
    expect(errors).toEqual([]);
    await leave();
  });

  it('shows that a proof that was tampered with fails', async () => {
    const { page, leave } = await visit('/ledger');
    await page.route('**/api/entries/5', async (route) => {
      const answer = await route.fetch();
      const proof: unknown = await answer.json();
      // Every leaf says which entry of its stream it is.
      const text = JSON.stringify(proof).replace(/(rev\\":)\d+/, '$177');
      await route.fulfill({ response: answer, body: text });
    });
    await page.locator('a[href="/ledger/5"]').click();
    const panel = page.locator('[data-entry-panel]');
    await panel.getByRole('button', { name: 'Verify', exact: true }).click();
    await panel.getByText(/another root than the one that is signed/).waitFor();
    await panel.locator('[data-rung="root"][data-state="bad"]').waitFor();
    await leave();
  });

  it('speaks French to whoever reads French', async () => {
    const { page, errors, leave } = await visit('/', 'fr-FR');
    await page.getByRole('heading', { name: 'Conçu en commun, fabriqué à deux pas.' }).waitFor();
    await page.getByRole('link', { name: 'Tableau' }).click();
    await page.getByRole('heading', { name: 'Sur la machine' }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'On the machine' }).waitFor();
    expect(errors).toEqual([]);
    await leave();
  });

  it('takes an order from somebody who has only a keyboard', async () => {
    const { page, errors, leave } = await visit('/');
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
    await page.locator('a[href="/designs/corner-connector"]').waitFor();
    const tabTo = async (words: RegExp) => {
      for (let presses = 0; presses < 80; presses++) {
        if (words.test(await focused())) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`The Tab key does not lead to ${words}.`);
    };
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Go to the content');
    // The stage above may link to a job of the same name: the card goes on with the version.
    await tabTo(/^Corner connectorv/);
    await page.keyboard.press('Enter');
    await page.locator('.order-price:not([data-busy])', { hasText: '€' }).waitFor();
    await tabTo(/^Place the order$/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/orders\//);
    await page.getByRole('heading', { name: 'Corner connector' }).waitFor();
    expect(errors).toEqual([]);
    await leave();
  });
});

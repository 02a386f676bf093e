import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { visitPage } from '../support/page-visit.ts';
import { type ServerProcess, startServer } from '../support/start-server.ts';

let browser: Browser;
let server: ServerProcess;
/** One page of each kind; the job and the order are the demonstration's first. */
let places: string[];

beforeAll(async () => {
  [browser, server] = await Promise.all([
    openBrowser(),
    startServer({ env: { DEMO_SPEED: '30', DEMO_PAUSE_SECONDS: '3600' } }),
  ]);
  const { page, leave } = await visitPage(browser, `${server.url}/board`);
  const job = await page.locator('[data-card] a').first().getAttribute('href');
  await page.locator('[data-card] a').first().click();
  const order = await page.locator('.page-head a[href^="/orders/"]').getAttribute('href');
  await leave();
  places = [
    ...['/', '/board', '/labs', '/commons', '/ledger', '/ledger/3', '/designs/wall-block'],
    ...[job ?? '', order ?? '', '/nowhere'],
  ];
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** What keeps somebody from using the page with a screen reader or a keyboard. */
function barriers(): string[] {
  const found: string[] = [];
  const headings = document.querySelectorAll('h1').length;
  if (headings !== 1) found.push(`${headings} h1`);
  for (const landmark of ['header', 'nav', 'main', 'footer'])
    if (document.querySelectorAll(landmark).length < 1) found.push(`no ${landmark}`);
  const nameOf = (element: Element): string => {
    const labelledBy = (element.getAttribute('aria-labelledby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '')
      .join('');
    const labels =
      element instanceof HTMLInputElement || element instanceof HTMLSelectElement
        ? [...(element.labels ?? [])].map((label) => label.textContent ?? '').join('')
        : '';
    const own = element instanceof HTMLSelectElement ? '' : (element.textContent ?? '');
    return `${element.getAttribute('aria-label') ?? ''}${labelledBy}${labels}${own}`.trim();
  };
  const controls =
    'a[href], button, input:not([type="hidden"]), select, textarea, canvas[tabindex], [role="progressbar"], [role="slider"]';
  for (const control of document.querySelectorAll(controls)) {
    if (control.closest('[aria-hidden="true"]')) continue;
    if (nameOf(control) === '') found.push(`no name: ${control.outerHTML.slice(0, 120)}`);
  }
  for (const picture of document.querySelectorAll('img'))
    if (!picture.hasAttribute('alt')) found.push('a picture without alt');
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) found.push(`id twice: ${id}`);
  for (const region of document.querySelectorAll('section'))
    if (region.closest('.page') && region.hasAttribute('aria-label') && !region.getAttribute('aria-label'))
      found.push('a region with an empty name');
  const levels = [...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => Number(tagName[1]));
  if (levels.some((level, at) => level > (levels[at - 1] ?? 0) + 1))
    found.push(`levels of headings: ${levels}`);
  return found;
}

const settled = async (page: Page) => {
  await page.locator('main h1').waitFor();
  await page.locator('.page-wait').waitFor({ state: 'detached' });
};

describe('every page', () => {
  it('can be heard and used by the keyboard: one h1, landmarks, and a name for each control', async () => {
    const { page, errors, leave } = await visitPage(browser, server.url);
    const found: Record<string, string[]> = {};
    for (const place of places) {
      await page.goto(server.url + place);
      await settled(page);
      const here = await page.evaluate(barriers);
      if (here.length > 0) found[place] = here;
    }
    expect(found).toEqual({});
    expect(await page.getAttribute('html', 'lang')).toBe('en');
    expect(errors).toEqual([]);
    await leave();
  });

  it('says its language to screen readers and dictionaries', async () => {
    const { page, leave } = await visitPage(browser, server.url, { locale: 'fr-FR' });
    await settled(page);
    expect(await page.getAttribute('html', 'lang')).toBe('fr');
    await leave();
  });

  it.each([
    ['en-GB', 'light'],
    ['fr-FR', 'dark'],
  ] as const)('fits on a phone, in %s and the %s scheme', async (locale, colorScheme) => {
    const viewport = { width: 390, height: 844 };
    const { page, errors, leave } = await visitPage(browser, server.url, { locale, colorScheme, viewport });
    const tooWide: string[] = [];
    for (const place of places) {
      await page.goto(server.url + place);
      await settled(page);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > viewport.width) tooWide.push(`${place}: ${width}`);
    }
    expect(tooWide).toEqual([]);
    expect(errors).toEqual([]);
    await leave();
  });

  it('keeps its pictures: a second visit shows them without computing a shape', async () => {
    const { page, errors, leave } = await visitPage(browser, server.url);
    const pictures = page.locator('.design-picture img');
    await expect.poll(() => pictures.count(), { timeout: 120_000 }).toBe(4);
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/evaluate') || request.url().includes('thumbnailer'))
        asked.push(request.url());
    });
    await page.reload();
    await expect.poll(() => pictures.count(), { timeout: 60_000 }).toBe(4);
    expect(asked).toEqual([]);
    expect(errors).toEqual([]);
    await leave();
  });
});

describe('a browser that cannot draw in 3D', () => {
  it('gets a sentence in the place of the drawing, and everything else works', async () => {
    const flat = await openBrowser(['--disable-3d-apis']);
    const { page, errors, leave } = await visitPage(flat, `${server.url}/designs/flat-pack-stool`);
    await page.getByText('This browser cannot draw in 3D').waitFor();
    await page.locator('.order-price:not([data-busy])', { hasText: '€' }).waitFor();
    await page.goto(server.url);
    await page.getByText('This browser cannot draw in 3D').waitFor();
    await page.locator('.design-picture .mark-ply, .design-picture svg').first().waitFor();
    expect(errors).toEqual([]);
    await leave();
    await flat.close();
  });
});

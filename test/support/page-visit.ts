import type { Browser, Page } from 'playwright-core';

export interface PageVisit {
  page: Page;
  /** Every error that the page did not catch. */
  errors: string[];
  leave: () => Promise<void>;
}

/** Drawing by software on few cores takes its time. */
const PATIENCE_MS = 40_000;

/** A visitor of their own: nothing kept from others. */
export async function visitPage(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<PageVisit> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 800 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(url);
  return { page, errors, leave: () => context.close() };
}

/** The colours of an element’s picture in steps of 16, with how often each occurs: `[red, green, blue, count]`. */
export async function coloursOf(page: Page, selector: string): Promise<number[][]> {
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
    const data = context?.getImageData(0, 0, image.width, image.height).data ?? new Uint8ClampedArray();
    const counts = new Map<number, number>();
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
      const key = ((red >> 4) << 8) | ((green >> 4) << 4) | (blue >> 4);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].map(([key, count]) => [
      ((key >> 8) & 15) * 16,
      ((key >> 4) & 15) * 16,
      (key & 15) * 16,
      count,
    ]);
  }, picture.toString('base64'));
}

import { openBrowser } from '../support/browser.ts';
import { type Figure, percentile } from './figures.ts';
import { openOwnLab } from './own-lab.ts';
import type { WireEvent } from './wiretap.ts';

const ROUNDS = 15;
/** Slow enough that a job outlasts its pauses. */
const SPEED_UP = 60;
const DESIGN = 'flat-pack-stool';
const SETTLE_MS = 400;

/**
 * From the byte on the wire that changes the machine (first line accepted, feed hold, cycle start) to the card on the
 * board that shows it. The page stamps its own change as it is put into the document, a frame before it is painted.
 */
export async function benchPageLatency(): Promise<Figure[]> {
  let heard: (event: WireEvent) => void = () => {};
  const lab = await openOwnLab(SPEED_UP, (event) => heard(event));
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`${lab.server.url}/board`);
    await page.waitForSelector('main');
    const samples: number[] = [];
    const measure = async (
      job: string,
      kind: WireEvent['kind'],
      shown: string,
      act: () => Promise<unknown>,
    ) => {
      const changed = new Promise<number>((resolve) => {
        heard = (event) => event.kind === kind && resolve(event.atMs);
      });
      const rendered = page.evaluate<number>(stampWhenShown(job, shown));
      await act();
      samples.push((await rendered) - (await changed));
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      lab.wire.expectJob();
      let job = '';
      await measure('', 'first-ok', 'running', async () => {
        const order = await lab.place(DESIGN);
        const state = await lab.until(({ views }) =>
          views.jobs.some((view) => view.order === order && view.state === 'running'),
        );
        job = state.views.jobs.find((view) => view.order === order)?.job ?? '';
      });
      await measure(job, 'hold', 'paused', () => lab.command(job, 'pause'));
      await measure(job, 'resume', 'running', () => lab.command(job, 'resume'));
      await lab.until(({ views }) => views.jobs.every(({ state }) => state === 'made'));
    }
    const note = `${samples.length} starts, pauses and resumptions; headless Chromium, 2 cores shared by 5 processes`;
    return [
      { name: 'machine changes → page shows it, p50', value: percentile(samples, 0.5), unit: 'ms', note },
      {
        name: 'machine changes → page shows it, p95',
        value: percentile(samples, 0.95),
        unit: 'ms',
        bound: { at: 500, side: 'at most' },
        note,
      },
    ];
  } finally {
    await browser.close();
    await lab.close();
  }
}

/**
 * Script for the page: resolves with the time at which a card (any, when none is named) first has the state. It is
 * text, since the runner of TypeScript adds a helper to functions that the page does not have.
 */
function stampWhenShown(card: string, shown: string): string {
  const selector = `[data-card${card === '' ? '' : `="${card}"`}][data-state="${shown}"]`;
  return `new Promise((resolve) => {
    const look = () => {
      if (document.querySelector(${JSON.stringify(selector)}) === null) return;
      observer.disconnect();
      resolve(Date.now());
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, attributes: true });
    look();
  })`;
}

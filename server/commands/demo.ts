import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Settings } from '../config.ts';
import { AppError } from '../errors.ts';
import { newId } from '../ledger/new-id.ts';
import { PROGRAM_ROOT, startServer } from '../main.ts';
import { encodePackage, readPackageFolder } from '../publishing/package-folder.ts';
import { askServer } from './ask-server.ts';
import { followOrder } from './demo-run/follow-order.ts';
import { progressBars } from './demo-run/progress.ts';
import { type DemoResult, resultOf, summaryText } from './demo-run/summary.ts';
import { verifyFromOutside } from './verify.ts';

/** What `demo` makes when no folder is given: one short job. */
const DEFAULT_DESIGN = 'designs/cable-hook';
/** As fast as the simulated controllers keep up with their own timing. */
export const DEMO_SPEED = 400;

export interface DemoWish {
  settings: Settings;
  folder: string | undefined;
  asJson: boolean;
  /** Whether the person named a data folder: then it is kept, otherwise a temporary one is removed. */
  hasDataDir: boolean;
}

/**
 * The main job without a browser: a server of its own with simulated machines; everything after that is done from the
 * outside, over HTTP and the live link, as any client would.
 */
export async function runDemo(wish: DemoWish, out: NodeJS.WriteStream): Promise<void> {
  const { settings, hasDataDir } = wish;
  const say = (sentence: string) => out.write(`${sentence}\n`);
  const files = readPackageFolder(resolve(wish.folder ?? join(PROGRAM_ROOT, DEFAULT_DESIGN)));
  const dataDir = hasDataDir ? settings.DATA_DIR : mkdtempSync(join(tmpdir(), 'commonwright-demo-'));
  const startedMs = performance.now();
  const stopWord = whenStopped();
  try {
    const server = await startServer({
      settings: {
        ...{ ...settings, DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: 0, MQTT_PORT: 0 },
        // Its ledger is its own, so its keys have to be as well: nobody may sign two logs with one key.
        ...{ MONGODB_URL: undefined, PRIVATE_DIR: undefined },
      },
      hasPage: false,
      hasBundledDesigns: false,
      demonstration: { speedUp: settings.DEMO_SPEED ?? DEMO_SPEED },
      say,
    });
    try {
      const { url } = server;
      say(`A server of its own at ${url}; its simulated machines are starting …`);
      await server.demonstration?.machinesReady();
      const made = await Promise.race([make(url, files, say, out), stopWord]);
      const ledger = await verifyFromOutside(url, undefined);
      const result: DemoResult = resultOf(made, ledger, (performance.now() - startedMs) / 1000);
      checkSum(result);
      say(summaryText(result));
      if (wish.asJson) say(JSON.stringify(result));
    } finally {
      await server.stop();
    }
  } finally {
    if (!hasDataDir) rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Rejects when somebody ends the run early, so that the server and its folder are cleared away as after any other end. */
function whenStopped(): Promise<never> {
  const stopped = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        reject(new AppError('conflict', 'Stopped before the part was made.', { code: 'demo.stopped' }));
      });
  });
  // It may come while nobody waits for it yet.
  stopped.catch(() => undefined);
  return stopped;
}

async function make(
  url: string,
  files: ReadonlyMap<string, Uint8Array>,
  say: (sentence: string) => void,
  out: NodeJS.WriteStream,
) {
  const published = await askServer(url, '/api/designs', { id: newId(), package: encodePackage(files) });
  const design = String(published.design);
  say(`Published ${design}, version ${published.number}.`);
  const order = newId();
  await askServer(url, '/api/orders', { id: order, design, parameters: {}, quantity: 1 });
  say(`Ordered: ${url}/orders/${order}`);
  const { show } = progressBars(out);
  return followOrder(url, order, show);
}

/** Promise 4 of the house, checked once more where people see it. */
function checkSum({ price, shares }: DemoResult): void {
  const sum = shares.reduce((total, { minor }) => total + minor, 0);
  if (sum !== price.minor)
    throw new AppError('conflict', `The shares add up to ${sum}, but the price is ${price.minor}.`, {
      code: 'demo.shares',
    });
}

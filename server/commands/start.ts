import type { Settings } from '../config.ts';
import { type RunningServer, startServer } from '../main.ts';

/** Fast enough that a sheet is cut in some minutes, slow enough that one can watch the tool. */
export const WATCHED_SPEED = 12;

/**
 * A later signal ends the process at once: somebody has no patience. One that comes with the first means the same, since
 * a terminal sends one to the whole group and npm hands its own on.
 */
const SECOND_SIGNAL_MS = 1_000;

/** Starts the server and keeps it until a signal. */
export async function runUntilSignal(
  { settings, isEmpty }: { settings: Settings; isEmpty: boolean },
  say: (sentence: string) => void,
  signals: readonly NodeJS.Signals[],
): Promise<void> {
  let firstSignalMs: number | undefined;
  let stop: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  for (const signal of signals)
    process.on(signal, () => {
      const now = performance.now();
      if (firstSignalMs !== undefined && now - firstSignalMs > SECOND_SIGNAL_MS) process.exit(1);
      firstSignalMs ??= now;
      stop();
    });
  const server = await startServer({
    settings,
    hasPage: true,
    hasBundledDesigns: true,
    ...(isEmpty
      ? {}
      : {
          demonstration: {
            speedUp: settings.DEMO_SPEED ?? WATCHED_SPEED,
            orders: {
              restMs: settings.DEMO_PAUSE_SECONDS * 1_000,
              ordersPerDay: settings.DEMO_ORDERS_PER_DAY,
            },
          },
        }),
    say,
  });
  sayWhere(server, say);
  await stopped;
  say('Stopping …');
  await server.stop();
}

function sayWhere({ url, commandKey }: RunningServer, say: (sentence: string) => void): void {
  if (commandKey !== undefined)
    say(
      commandKey.isNew
        ? `Commands from other computers need this key, shown once: ${commandKey.key}`
        : `Commands from other computers need the key that is kept in ${commandKey.place}.`,
    );
  say(`Commonwright is at ${url}`);
}

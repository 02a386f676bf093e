import type { Machine, MachineClock } from './machine.ts';
import { sentenceOf } from './sentence-of.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const PAUSE_GROWTH = 2;

/**
 * Keeps a machine connected: asks again, less and less often, while nothing answers. Connecting only ever asks;
 * what was running before is judged from the journal, never by resetting a machine. `onConnected` is called after each
 * connection. Returns the function that stops it.
 */
export function keepConnected(
  name: string,
  machine: Machine,
  clock: MachineClock,
  log: (sentence: string) => void,
  onConnected: () => void = () => undefined,
): () => void {
  let pauseMs = FIRST_PAUSE_MS;
  let hasComplained = false;
  let isStopped = false;
  let isTrying = false;
  let takeBack: (() => void) | undefined;

  const attempt = async () => {
    takeBack = undefined;
    isTrying = true;
    try {
      const { firmware, version } = await machine.connect();
      log(`${name}: connected (${firmware} ${version}).`);
      pauseMs = FIRST_PAUSE_MS;
      hasComplained = false;
      onConnected();
    } catch (cause) {
      if (!hasComplained) log(`${name} cannot be reached: ${sentenceOf(cause)} Trying again.`);
      hasComplained = true;
      retry();
    } finally {
      isTrying = false;
    }
  };
  const retry = () => {
    if (isStopped || takeBack !== undefined) return;
    takeBack = clock.after(pauseMs, () => void attempt());
    pauseMs = Math.min(pauseMs * PAUSE_GROWTH, LONGEST_PAUSE_MS);
  };
  const stopListening = machine.onEvent((event) => {
    if (event.kind === 'state' && event.state.kind === 'offline' && !isTrying) retry();
  });
  void attempt();
  return () => {
    isStopped = true;
    takeBack?.();
    stopListening();
  };
}

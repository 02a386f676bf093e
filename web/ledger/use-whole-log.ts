import { useEffect } from 'react';
import { useStore } from 'zustand';
import { useWorld } from '../live/use-world.ts';
import type { FromVerifier, ToVerifier } from './whole-log/messages.ts';
import {
  createWholeLogStore,
  type OpenVerifier,
  type WholeLog,
  type WholeLogStore,
} from './whole-log-store.ts';

/** The signed checkpoint comes a moment after the page has heard of an entry. */
const BEHIND_MS = 1_200;
/** Also a ledger that does not grow is looked at: it may show another history, or be gone. */
const QUIET_MS = 15_000;

const openWorker: OpenVerifier = (hear, fail) => {
  const worker = new Worker(new URL('./whole-log/worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<FromVerifier>) => hear(data));
  worker.addEventListener('error', ({ message }) => fail(message));
  return {
    tell: (message: ToVerifier) => worker.postMessage(message),
    end: () => worker.terminate(),
  };
};

let theStore: WholeLogStore | undefined;

/** One for the page: the check goes on while its reader looks at single entries. */
export function theWholeLog(): WholeLogStore {
  theStore ??= createWholeLogStore(openWorker, window.localStorage, Date.now);
  return theStore;
}

/** Where the check stands; while it is shown it follows the ledger. */
export function useWholeLog(store: WholeLogStore): WholeLog & { size: number } {
  const check = useStore(store);
  const size = useWorld((world) => world.size);
  const { stage, isBusy, verified, looks } = check;
  const isBehind = size > (verified?.size ?? 0);
  const isFollowing = stage.name === 'following' && !isBusy;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each look is followed by another.
  useEffect(() => {
    if (!isFollowing) return;
    const timer = setTimeout(() => store.advance(), isBehind ? BEHIND_MS : QUIET_MS);
    return () => clearTimeout(timer);
  }, [isFollowing, isBehind, looks, store]);
  return { ...check, size };
}

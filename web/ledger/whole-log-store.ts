import { createStore } from 'zustand/vanilla';
import {
  forgetRemembered,
  type KeptSlots,
  type RememberedLog,
  readRemembered,
  remember,
} from './kept-log.ts';
import type {
  CheckProgress,
  FoundFault,
  FromVerifier,
  ToVerifier,
  VerifiedLog,
  WholeLogFault,
} from './whole-log/messages.ts';

/** Where the check of the whole ledger stands. */
export type CheckStage =
  | { readonly name: 'idle' }
  | { readonly name: 'running' }
  /** Verified, and verified on as the ledger grows; `trouble` is what may pass, e.g. a server that starts again. */
  | { readonly name: 'following'; readonly trouble?: FoundFault }
  | { readonly name: 'faulty'; readonly found: FoundFault }
  | { readonly name: 'stopped' }
  | { readonly name: 'failed'; readonly words: string };

export interface WholeLog {
  readonly stage: CheckStage;
  /** Whether the worker is at work. */
  readonly isBusy: boolean;
  readonly progress: CheckProgress | undefined;
  /** What was verified last, and when by this browser's clock. */
  readonly verified: (VerifiedLog & { readonly atMs: number }) | undefined;
  /** Answers so far: each may be followed by another look. */
  readonly looks: number;
  /** What this browser brought along from an earlier visit. */
  readonly remembered: RememberedLog | undefined;
}

/** As much of a worker as the store needs. */
export interface Verifier {
  tell(message: ToVerifier): void;
  end(): void;
}

export type OpenVerifier = (hear: (news: FromVerifier) => void, fail: (words: string) => void) => Verifier;

export type WholeLogStore = ReturnType<typeof createWholeLogStore>;

/** Faults that a server in trouble shows, or one of several that is a moment behind the others. */
const PASSING: ReadonlySet<WholeLogFault> = new Set(['unreachable', 'stale']);

/** Holds the worker and what it found, for as long as the page is open. */
export function createWholeLogStore(open: OpenVerifier, slots: KeptSlots, nowMs: () => number) {
  const store = createStore<WholeLog>(() => ({
    stage: { name: 'idle' },
    isBusy: false,
    progress: undefined,
    verified: undefined,
    looks: 0,
    remembered: readRemembered(slots),
  }));
  let verifier: Verifier | undefined;

  const settle = (stage: CheckStage, more: Partial<WholeLog> = {}) =>
    store.setState({ stage, isBusy: false, looks: store.getState().looks + 1, ...more });

  const hear = (news: FromVerifier) => {
    const { stage } = store.getState();
    if (news.kind === 'progress') store.setState({ progress: news.progress });
    else if (news.kind === 'failed') settle({ name: 'failed', words: news.words });
    else if (news.kind === 'verified') {
      const verified = { ...news.log, atMs: nowMs() };
      remember(slots, verified);
      settle({ name: 'following' }, { verified });
    } else if (stage.name === 'following' && PASSING.has(news.found.fault))
      settle({ name: 'following', trouble: news.found });
    else settle({ name: 'faulty', found: news.found });
  };

  const end = () => {
    verifier?.end();
    verifier = undefined;
  };

  const verify = () => {
    end();
    const kept = readRemembered(slots);
    store.setState({
      stage: { name: 'running' },
      isBusy: true,
      progress: undefined,
      verified: undefined,
      remembered: kept,
    });
    verifier = open(hear, (words) => settle({ name: 'failed', words }));
    verifier.tell({
      kind: 'verify',
      ...(kept === undefined ? {} : { kept: { verifierKey: kept.verifierKey, note: kept.note } }),
    });
  };

  return {
    ...store,
    /** Reads everything from the first entry on. */
    verify,
    /** Looks for what has come since; only after a whole verification, and one look at a time. */
    advance() {
      const { stage, isBusy } = store.getState();
      if (stage.name !== 'following' || isBusy) return;
      store.setState({ isBusy: true });
      verifier?.tell({ kind: 'advance' });
    },
    stop() {
      end();
      settle({ name: 'stopped' });
    },
    /** Begins anew with a log that this browser knows nothing of. */
    forget() {
      end();
      forgetRemembered(slots);
      settle({ name: 'idle' }, { remembered: undefined, progress: undefined, verified: undefined });
    },
  };
}

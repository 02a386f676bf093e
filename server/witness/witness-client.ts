import type { Policy } from '#contract/tlog-policy.ts';
import { AppError } from '../errors.ts';
import {
  type AskableWitness,
  askWitness,
  checkpointOf,
  shownByWitness,
  type WitnessWord,
} from './ask-witness.ts';
import { hashOfOrigin } from './seen-checkpoints.ts';

/** After a witness was silent it is left alone for so long; twice as long each time, up to the longest. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 5 * 60_000;
/** At the start, another coordinator of the same log may be ahead of us for a moment. */
const GUARD_TRIES = 3;
const GUARD_PAUSE_MS = 500;

export interface WitnessState {
  readonly name: string;
  readonly url: string;
  /** Size of the newest checkpoint that it cosigned for us; undefined before the first. */
  readonly size: number | undefined;
  /** What its last word was; empty where it cosigned. */
  readonly trouble: string;
}

export interface WitnessClient {
  /**
   * Asks every witness before anything is signed. One that does not answer is passed over: without its cosignature
   * those who rely on it believe nothing new.
   * @param head the newest signed checkpoint; undefined where the store holds none, and then no witness may have any
   * @throws AppError `witness.rollback` or `witness.fork` where one has cosigned a larger or another tree.
   */
  guard(head: string | undefined): Promise<void>;
  /**
   * The signature lines of those who cosign a checkpoint. While a witness is being asked, only the newest of the
   * checkpoints that come is remembered for it.
   * @throws AppError as `guard` does: then nothing more may be signed.
   */
  cosign(note: string): Promise<string[]>;
  status(): readonly WitnessState[];
}

export interface WitnessClientParts {
  readonly policy: Policy;
  /** Name of the log. */
  readonly origin: string;
  readonly fetch: typeof fetch;
  readonly nowMs: () => number;
  /** For asking a silent witness again; need not keep a process from ending. */
  readonly after: (delayMs: number, call: () => void) => unknown;
  /** For waiting while the log opens. */
  readonly pause: (delayMs: number) => Promise<void>;
  /** PROOF(from, to) of the log as it is in the store. */
  readonly proof: (from: number, to: number) => Promise<readonly Uint8Array[]>;
  /**
   * The newest signed checkpoint in the store: another coordinator of the same log may have signed a larger one than
   * we have seen, and then a witness that knows it reports no rollback. Left out where there is only one coordinator.
   */
  readonly newest?: () => Promise<string | undefined>;
  /** Hears of the lines of a witness that was silent when it was asked and has answered since. */
  readonly late?: (note: string, lines: string[]) => void;
  readonly log: (sentence: string) => void;
}

interface Correspondent {
  readonly witness: AskableWitness;
  size: number | undefined;
  trouble: string;
  restMs: number;
  restUntilMs: number;
  /** Whether it will be asked again when it has rested. */
  isComingBack: boolean;
  /** The newest checkpoint that it should cosign. */
  wanted: string | undefined;
  /** The question that is on its way, and the newest of those that came since. */
  asking: Promise<void> | undefined;
  next: { note: string; settle: (answer: Promise<string[]>) => void } | undefined;
}

/** Asks the witnesses of a policy that have an address. */
export function createWitnessClient(parts: WitnessClientParts): WitnessClient {
  const correspondents = parts.policy.witnesses.flatMap((witness): Correspondent[] =>
    witness.url === undefined
      ? []
      : [
          {
            witness: { ...witness, url: witness.url },
            ...{ size: undefined, trouble: '', restMs: FIRST_REST_MS, restUntilMs: 0 },
            ...{ isComingBack: false, wanted: undefined, asking: undefined, next: undefined },
          },
        ],
  );
  return {
    status: () =>
      correspondents.map(({ witness: { name, url }, size, trouble }) => ({ name, url, size, trouble })),
    async guard(head) {
      await Promise.all(
        correspondents.map(async (one) => {
          if (head === undefined) return guardAtTheBeginning(parts, one);
          let word = await ask(parts, one, head);
          for (let attempt = 1; attempt < GUARD_TRIES && word.kind === 'larger'; attempt += 1) {
            await parts.pause(GUARD_PAUSE_MS);
            word = await ask(parts, one, (await parts.newest?.()) ?? head);
          }
          if (word.kind === 'larger' || word.kind === 'other') throw contradicted(one, word, sizeOf(head));
        }),
      );
    },
    async cosign(note) {
      const lines = await Promise.all(correspondents.map((one) => cosignBy(parts, one, note)));
      return lines.flat();
    },
  };
}

/** A store without a checkpoint cannot ask for a cosignature; it can see whether there has been one. */
async function guardAtTheBeginning(parts: WitnessClientParts, one: Correspondent): Promise<void> {
  const shown = await shownByWitness(parts.fetch, one.witness, hashOfOrigin(parts.origin)).catch(
    () => undefined,
  );
  const size = shown === undefined ? 0 : sizeOf(shown);
  if (size > 0) throw contradicted(one, { kind: 'larger', size }, 0);
}

/** One question at a time for each witness; what waits is replaced by what is newer. */
function cosignBy(parts: WitnessClientParts, one: Correspondent, note: string): Promise<string[]> {
  one.wanted = note;
  if (one.asking !== undefined) {
    if (one.trouble !== '') return Promise.resolve([]);
    one.next?.settle(Promise.resolve([]));
    return new Promise((resolve) => {
      one.next = { note, settle: resolve };
    });
  }
  // Nobody waits for one that was silent: it is asked beside, and counts again when it has answered.
  if (one.restUntilMs > 0) {
    askAgain(parts, one);
    return Promise.resolve([]);
  }
  const answer = cosignNow(parts, one, note);
  const done = () => {
    one.asking = undefined;
    const { next } = one;
    one.next = undefined;
    next?.settle(cosignBy(parts, one, next.note));
  };
  one.asking = answer.then(done, done);
  return answer;
}

async function cosignNow(parts: WitnessClientParts, one: Correspondent, note: string): Promise<string[]> {
  const word = await ask(parts, one, note);
  if (word.kind === 'cosigned') {
    if (one.wanted === note) one.wanted = undefined;
    return [word.line];
  }
  if (word.kind === 'silent') {
    askAgain(parts, one);
    return [];
  }
  const newest = (await parts.newest?.()) ?? note;
  // Another coordinator was faster: the witness has what it signed, and that is in our store.
  if (word.kind === 'larger' && sizeOf(newest) >= word.size) return [];
  throw contradicted(one, word, sizeOf(newest));
}

/** A log that rests would otherwise stay without the cosignature of a witness that was away for a moment. */
function askAgain(parts: WitnessClientParts, one: Correspondent): void {
  if (one.isComingBack) return;
  one.isComingBack = true;
  parts.after(one.restUntilMs - parts.nowMs(), () => {
    one.isComingBack = false;
    const { wanted } = one;
    if (wanted === undefined || one.asking !== undefined) return;
    one.restUntilMs = 0;
    cosignBy(parts, one, wanted)
      .then((lines) => {
        if (lines.length > 0) parts.late?.(wanted, lines);
      })
      .catch((error: unknown) => parts.log(error instanceof Error ? error.message : String(error)));
  });
}

async function ask(parts: WitnessClientParts, one: Correspondent, note: string): Promise<WitnessWord> {
  const word = await askWitness(parts, one.witness, note, one.size ?? 0);
  if (word.kind === 'silent') {
    one.restUntilMs = parts.nowMs() + one.restMs;
    one.restMs = Math.min(LONGEST_REST_MS, one.restMs * 2);
    // Said once, not each time that it is tried again.
    if (one.trouble === '') parts.log(`The witness ${one.witness.name} does not cosign: ${word.why}.`);
    one.trouble = word.why;
    return word;
  }
  if (one.trouble !== '' && word.kind === 'cosigned')
    parts.log(`The witness ${one.witness.name} cosigns again.`);
  one.trouble = word.kind === 'cosigned' ? '' : `it has cosigned ${word.size} entries of a ${word.kind} tree`;
  one.size = word.kind === 'cosigned' ? sizeOf(note) : word.size;
  one.restMs = FIRST_REST_MS;
  one.restUntilMs = 0;
  return word;
}

function contradicted(
  { witness }: Correspondent,
  word: WitnessWord & { kind: 'larger' | 'other' },
  size: number,
): AppError {
  const isRollback = word.kind === 'larger';
  const sentence = isRollback
    ? `The witness ${witness.name} has cosigned ${word.size} entries of this ledger, but the store holds ${size}: an old copy was restored.`
    : `The witness ${witness.name} has cosigned another tree of ${word.size} entries of this ledger: the past was changed, or two servers use the same key.`;
  return new AppError(
    'unavailable',
    `${sentence} Nothing more will be signed; restore the newest copy of the data.`,
    {
      code: isRollback ? 'witness.rollback' : 'witness.fork',
      details: { fault: isRollback ? 'rollback' : 'fork', witness: witness.name, size: word.size },
    },
  );
}

function sizeOf(note: string): number {
  return checkpointOf(note).size;
}

import { AppError } from '../../server/errors.ts';
import type { Storage } from '../../server/storage/storage.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How often things go wrong, from 0 to 1. */
export interface FaultRates {
  /** The answer is lost after the store did what it was asked. */
  replyLost: number;
  /** The request never arrives. */
  requestLost: number;
  /** The request arrives twice. */
  twice: number;
  /** The write was taken by a part of the store that was voted down: it never happened. */
  rolledBack: number;
  /** A read does not see yet what others have written last; never less than this process has seen before. */
  stale: number;
}

/** So long a caller waits for an answer that does not come. */
const PATIENCE_MS = 400;
const LONGEST_DELAY_MS = 30;
/** Commits that a stale read does not see yet. */
const STALE_COMMITS_MAX = 3;

interface Link {
  time: VirtualTime;
  random: () => number;
  rates: () => FaultRates;
  /** Nothing gets through in either direction. */
  isCut: () => boolean;
  /** The process on this side was killed: it hears nothing any more. */
  isDead: () => boolean;
}

/** The shared store as one process sees it, through a network that delays, loses and repeats. */
export function faultyStorage(truth: Storage, link: Link): Storage {
  const { time, random } = link;
  const chance = (rate: number) => random() < rate;
  const delay = () => time.sleep(1 + random() * LONGEST_DELAY_MS);
  const never = () => new Promise<never>(() => {});
  let seen = 0;

  async function giveUp(): Promise<never> {
    await time.sleep(PATIENCE_MS);
    if (link.isDead()) return never();
    throw new AppError('unavailable', 'The store did not answer.', { code: 'storage.out-of-reach' });
  }

  async function ask<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    await delay();
    // A request on its way when its process dies may still arrive.
    if (link.isCut() || chance(link.rates().requestLost)) return giveUp();
    const answer = await work();
    await delay();
    if (link.isDead()) return never();
    if (link.isCut() || chance(link.rates().replyLost)) return giveUp();
    return answer;
  }

  async function write<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    if (chance(link.rates().rolledBack)) {
      await delay();
      return giveUp();
    }
    return ask(async () => {
      const answer = await work();
      // The repeat arrives later; its answer goes nowhere.
      if (chance(link.rates().twice))
        void time.after(random() * 200, () => void work().catch(() => undefined));
      return answer;
    });
  }

  return {
    async putCommit(commit, rows) {
      const result = await write(() => truth.putCommit(commit, rows));
      if (result === 'stored') seen = Math.max(seen, commit.number + 1);
      return result;
    },
    async commits(from, limit) {
      const commits = await ask(() => truth.commits(from, limit));
      const unseen = chance(link.rates().stale) ? Math.floor(random() * (STALE_COMMITS_MAX + 1)) : 0;
      const shown = Math.max(seen - from, commits.length - unseen, 0);
      seen = Math.max(seen, from + Math.min(shown, commits.length));
      return commits.slice(0, shown);
    },
    commitOf: (index) => ask(() => truth.commitOf(index)),
    rowsById: (ids) => ask(() => truth.rowsById(ids)),
    lastOfStream: (stream) => ask(() => truth.lastOfStream(stream)),
    rowsOfStream: (stream, fromRev, limit) => ask(() => truth.rowsOfStream(stream, fromRev, limit)),
    rows: (from, count) => ask(() => truth.rows(from, count)),
    putIfAbsent: (key, value) => write(() => truth.putIfAbsent(key, value)),
    putAllIfAbsent: (items) => write(() => truth.putAllIfAbsent(items)),
    get: (key) => ask(() => truth.get(key)),
    getAll: (keys) => ask(() => truth.getAll(keys)),
    last: (prefix) => ask(() => truth.last(prefix)),
    keys: (prefix) => ask(() => truth.keys(prefix)),
    remove: (keys) => write(() => truth.remove(keys)),
    close: async () => {},
  };
}

import { randomUUID } from 'node:crypto';
import { toBase64 } from '#contract/bytes.ts';
import { nodeHash } from '#contract/merkle.ts';
import { emptyHead, faultOfCommit, headAfter } from '../../../server/ledger/commit.ts';
import type { CommittedEntry } from '../../../server/ledger/committed-entry.ts';
import type { Fold } from '../../../server/ledger/fold.ts';
import { createLedger, type Ledger } from '../../../server/ledger/ledger.ts';
import { loadLogKeys } from '../../../server/ledger/log-keys.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { type Counted, countingFold } from '../../server/ledger/counting-fold.ts';
import { type Command, draftsOf, idOf, KILLED_ORIGIN, SNAPSHOT_ENTRIES } from './command.ts';
import type { HeardSoFar } from './writer-process.ts';

const READ_COMMITS = 256;

/** Opens the ledger as one more writer would. */
export function openAfterKills(
  storage: Storage,
  privateFolder: string,
  fold: Fold<Counted> = countingFold,
): Promise<Ledger<Counted>> {
  return createLedger({
    ...{ storage, fold, keys: loadLogKeys(privateFolder), origin: KILLED_ORIGIN },
    ...{ nowMs: Date.now, newId: randomUUID, isShared: true, snapshotEntries: SNAPSHOT_ENTRIES },
  });
}

/** Follows the chain of commits from the first. @returns how many there are, and what is wrong with the first bad one. */
export async function followChain(storage: Storage): Promise<{ commits: number; fault?: string }> {
  let head = emptyHead;
  for (;;) {
    const run = await storage.commits(head.number, READ_COMMITS);
    if (run.length === 0) return { commits: head.number };
    for (const commit of run) {
      const fault = faultOfCommit(head, commit);
      if (fault !== undefined) return { commits: head.number, fault };
      head = headAfter(commit);
    }
  }
}

/** Asks once more what was never answered; gives the names whose entries are in the log when that is done. */
export async function answerAll(
  ledger: Ledger<Counted>,
  open: Iterable<Command>,
): Promise<{ command: Command; indexes: number[] }[]> {
  return Promise.all(
    [...open].map(async (command) => {
      const { entries } = await ledger.submit(() => draftsOf(command));
      return { command, indexes: entries.map(({ index }) => index) };
    }),
  );
}

/** What the entries say against the acknowledgements; empty lists where all is well. */
export function compareWithHeard(entries: readonly CommittedEntry[], { acknowledged }: HeardSoFar) {
  const places = new Map<string, number[]>();
  for (const { index, body } of entries) places.set(body.id, [...(places.get(body.id) ?? []), index]);
  const lost: string[] = [];
  for (const [name, indexes] of acknowledged)
    for (const [at, index] of indexes.entries())
      if (!places.get(idOf(name, at))?.includes(index)) lost.push(idOf(name, at));
  const twice = [...places].filter(([, found]) => found.length > 1).map(([id]) => id);
  return { lost, twice, torn: tornCommands(entries) };
}

/** Commands of which not every entry stands in its place behind the first. */
function tornCommands(entries: readonly CommittedEntry[]): string[] {
  const torn = new Set<string>();
  for (let first = 0; first < entries.length; ) {
    const { command, of: count } = entries[first]?.body.data ?? {};
    const width = Math.max(1, Number(count));
    const ids = entries.slice(first, first + width).map(({ body }) => body.id);
    const wanted = Array.from({ length: width }, (_, at) => idOf(String(command), at));
    if (ids.join() !== wanted.join()) torn.add(String(command));
    first += width;
  }
  return [...torn];
}

/** Sizes whose signed root is not the root of the entries that the log begins with. */
export function wrongRoots(entries: readonly CommittedEntry[], roots: ReadonlyMap<number, string>): number[] {
  const wrong: number[] = [];
  /** Roots of full subtrees, the largest first, each with its number of leaves. */
  const peaks: { leaves: number; hash: Uint8Array }[] = [];
  const rootNow = () =>
    peaks.reduceRight<Uint8Array | undefined>(
      (right, { hash }) => (right === undefined ? hash : nodeHash(sha256, hash, right)),
      undefined,
    ) ?? sha256(new Uint8Array());
  for (let size = 0; size <= entries.length; size += 1) {
    const signed = roots.get(size);
    if (signed !== undefined && signed !== toBase64(rootNow())) wrong.push(size);
    let peak = { leaves: 1, hash: entries[size]?.leafHash ?? new Uint8Array() };
    for (let last = peaks.at(-1); last?.leaves === peak.leaves; last = peaks.at(-1)) {
      peaks.pop();
      peak = { leaves: 2 * peak.leaves, hash: nodeHash(sha256, last.hash, peak.hash) };
    }
    peaks.push(peak);
  }
  return [...wrong, ...[...roots.keys()].filter((size) => size > entries.length)];
}

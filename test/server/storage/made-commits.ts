import { utf8 } from '#contract/bytes.ts';
import { canonicalJson } from '#contract/canonical-json.ts';
import { frameEntries } from '#contract/log-tiles.ts';
import { leafHash } from '#contract/merkle.ts';
import { type CommitHead, emptyHead, headAfter, makeCommit } from '../../../server/ledger/commit.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import type { EntryRow, StoredCommit } from '../../../server/storage/storage.ts';

export interface MadeCommit {
  commit: StoredCommit;
  rows: EntryRow[];
}

/** Makes commits as the ledger does, without signatures: one entry for each stream that is named, of a size in bytes. */
export class CommitMaker {
  #head: CommitHead = emptyHead;
  readonly #revs = new Map<string, number>();
  readonly #writer: string;

  /** @param writer part of every id, so that two writers make different entries. */
  constructor(writer = 'a') {
    this.#writer = writer;
  }

  next(streams: readonly string[], bytes = 0): MadeCommit {
    const { first, number } = this.#head;
    const drafts = streams.map((stream, at) => {
      const rev = this.#revs.get(stream) ?? 0;
      this.#revs.set(stream, rev + 1);
      const id = `${this.#writer}-${first + at}`;
      const body = { data: { words: 'é'.repeat(bytes / 2) }, id, stream, type: 'job.opened', v: 1 };
      const leaf = utf8(canonicalJson({ body, log: { prev: null, rev, time: 1_000 }, sigs: [] }));
      const row = { index: first + at, commit: number, stream, rev, id, leafHash: leafHash(sha256, leaf) };
      return { leaf, row };
    });
    const bundle = frameEntries(drafts.map(({ leaf }) => leaf));
    const commit = makeCommit(this.#head, { bundle, count: drafts.length });
    this.#head = headAfter(commit);
    return { commit, rows: drafts.map(({ row }) => row) };
  }
}

import { fromUtf8, sameBytes, toBase64, utf8 } from '#contract/bytes.ts';
import { formatCheckpoint, parseCheckpoint } from '#contract/checkpoint.ts';
import type { EntryProof, LedgerHead } from '#contract/http.ts';
import { frameEntries, parseTilePath, readBundle, TILE_WIDTH } from '#contract/log-tiles.ts';
import { leafHash } from '#contract/merkle.ts';
import { formatNote, formatVerifierKey, isSignedBy, parseNote } from '#contract/signed-note.ts';
import { AppError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { type CommitHead, emptyHead, faultOfCommit, headAfter } from './commit.ts';
import type { SigningKey } from './log-keys.ts';
import { MerkleTree } from './merkle-tree.ts';
import { sha256, verifyEd25519 } from './node-crypto.ts';

/** Commits read back at once. */
const READ_COMMITS = 256;
const CHECKPOINTS = 'cp/';

export interface LogFile {
  bytes: Uint8Array;
  contentType: string;
  /** Tiles never change; the checkpoint does. */
  isImmutable: boolean;
}

/**
 * The log as strangers see it. It is built only from bytes read back from the store, so that a damaged row is found
 * before anything is signed.
 */
export class PublishedLog {
  readonly #storage: Storage;
  readonly #key: SigningKey;
  readonly #origin: string;
  readonly #tree = new MerkleTree();
  #head: CommitHead = emptyHead;
  #signed = { size: -1, note: '' };

  constructor(parts: { storage: Storage; key: SigningKey; origin: string }) {
    this.#storage = parts.storage;
    this.#key = parts.key;
    this.#origin = parts.origin;
  }

  get head(): CommitHead {
    return this.#head;
  }

  /** Size of the newest signed checkpoint. */
  get size(): number {
    return this.#signed.size;
  }

  get #noteKey() {
    return { name: this.#origin, publicKey: this.#key.publicKey };
  }

  /**
   * Takes in every commit that the store has and the tree has not.
   * @param each gets every leaf, in order
   * @throws AppError `unavailable` naming the first commit that was changed, is missing or does not follow.
   */
  async catchUp(each: (leaf: Uint8Array, index: number) => void = () => {}): Promise<void> {
    for (;;) {
      const commits = await this.#storage.commits(this.#head.number, READ_COMMITS);
      for (const commit of commits) {
        const fault = faultOfCommit(this.#head, commit);
        if (fault !== undefined) throw damaged(fault);
        const leaves = readBundle(commit.bundle);
        if (leaves.length !== commit.count)
          throw damaged(`commit ${commit.number} does not hold ${commit.count} entries`);
        leaves.forEach((leaf, at) => {
          each(leaf, commit.first + at);
          this.#tree.append(leafHash(sha256, leaf));
        });
        this.#head = headAfter(commit);
      }
      if (commits.length < READ_COMMITS) return;
    }
  }

  /** Refuses to go on where a checkpoint was signed that the store no longer bears out: an old copy was restored. */
  async guardAgainstRollback(): Promise<void> {
    const newest = await this.#storage.last(CHECKPOINTS);
    if (newest === undefined) return;
    const note = parseNote(fromUtf8(newest.value));
    const signed = parseCheckpoint(note.text);
    if (signed.origin !== this.#origin || !isSignedBy(sha256, verifyEd25519, note, this.#noteKey))
      throw damaged(`its newest checkpoint is signed by another key or for another log (${signed.origin})`);
    if (signed.size > this.#tree.size)
      throw damaged(
        `a checkpoint for ${signed.size} entries was signed, but the store holds ${this.#tree.size}`,
      );
    if (!sameBytes(signed.root, this.#tree.root(signed.size)))
      throw damaged(`the first ${signed.size} entries are not the ones that were signed`);
  }

  /** Signs the tree as it is now. The note is stored before anyone sees it. */
  async publish(): Promise<void> {
    const { size } = this.#tree;
    if (size === this.size) return;
    const text = formatCheckpoint({ origin: this.#origin, size, root: this.#tree.root() });
    const note = formatNote(sha256, text, this.#noteKey, (bytes) => this.#key.sign(bytes));
    const key = CHECKPOINTS + String(size).padStart(16, '0');
    // Ed25519 is deterministic: the same size gives the same note, unless somebody signed another tree.
    if ((await this.#storage.putIfAbsent(key, utf8(note))) === 'exists') {
      const stored = await this.#storage.get(key);
      if (stored === undefined || !sameBytes(stored, utf8(note)))
        throw damaged(`another checkpoint for ${size} entries was signed`);
    }
    this.#signed = { size, note };
  }

  ledgerHead(): LedgerHead {
    const { size, note } = this.#signed;
    return {
      size,
      root: toBase64(this.#tree.root(size)),
      origin: this.#origin,
      verifierKey: formatVerifierKey(sha256, this.#noteKey),
      checkpoint: note,
    };
  }

  /** An entry with its proof in the newest published checkpoint; undefined beyond it. */
  async proof(index: number): Promise<EntryProof | undefined> {
    const { size, note } = this.#signed;
    const [leaf] = index < size ? await this.leaves(index, 1) : [];
    if (leaf === undefined) return undefined;
    const hashes = this.#tree.inclusionProof(index, size).map(toBase64);
    return { index, leaf: fromUtf8(leaf), size, hashes, checkpoint: note };
  }

  /** Leaves from an index on, read from the store. */
  async leaves(from: number, count: number): Promise<Uint8Array[]> {
    const leaves: Uint8Array[] = [];
    let commit = await this.#storage.commitOf(from);
    while (commit !== undefined && leaves.length < count) {
      leaves.push(...readBundle(commit.bundle).slice(Math.max(0, from - commit.first)));
      commit = leaves.length < count ? (await this.#storage.commits(commit.number + 1, 1))[0] : undefined;
    }
    return leaves.slice(0, count);
  }

  /** A file by its path under `/log/`: `checkpoint`, `policy`, `tile/…`. Only what a published checkpoint covers. */
  async file(path: string): Promise<LogFile | undefined> {
    if (path === 'checkpoint') return text(this.#signed.note);
    if (path === 'policy') return text(`log ${formatVerifierKey(sha256, this.#noteKey)}\nquorum none\n`);
    const address = parseTilePath(path);
    if (address === undefined) return undefined;
    const { level, index, width } = address;
    const bytes =
      level === 'entries'
        ? await this.#bundle(index * TILE_WIDTH, width)
        : this.#tree.tile({ level, index, width }, this.size);
    return bytes && { bytes, contentType: 'application/octet-stream', isImmutable: true };
  }

  async #bundle(from: number, width: number): Promise<Uint8Array | undefined> {
    return from + width > this.size ? undefined : frameEntries(await this.leaves(from, width));
  }
}

function text(content: string): LogFile {
  return { bytes: utf8(content), contentType: 'text/plain; charset=utf-8', isImmutable: false };
}

export function damaged(what: string): AppError {
  return new AppError(
    'unavailable',
    `The ledger is not what was written: ${what}. Nothing more will be signed; restore the newest copy of the data folder.`,
    { code: 'ledger.damaged' },
  );
}

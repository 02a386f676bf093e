import { fromUtf8, sameBytes, toBase64, utf8 } from '#contract/bytes.ts';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from '#contract/checkpoint.ts';
import type { EntryProof, LedgerHead } from '#contract/http.ts';
import { frameEntries, parseTilePath, TILE_WIDTH } from '#contract/log-tiles.ts';
import { leafHash } from '#contract/merkle.ts';
import {
  addSignatureLines,
  formatNote,
  formatVerifierKey,
  isSignedBy,
  parseNote,
} from '#contract/signed-note.ts';
import type { Storage, StoredCommit } from '../storage/storage.ts';
import { type CommitHead, emptyHead, faultOfCommit, headAfter } from './commit.ts';
import { damaged } from './damaged.ts';
import { leavesOf } from './folded-log.ts';
import type { SigningKey } from './log-keys.ts';
import { sha256, verifyEd25519 } from './node-crypto.ts';
import type { StoredEntries } from './stored-entries.ts';
import { TileShelf } from './tile-shelf.ts';
import { TileTree, type TreeEdge } from './tile-tree.ts';

/** Commits read back at once. */
const READ_COMMITS = 256;
const CHECKPOINTS = 'cp/';
/** Checkpoints that stay in the store. Older ones can be made again from the tiles, byte for byte. */
const CHECKPOINTS_KEPT = 64;

export interface LogFile {
  bytes: Uint8Array;
  contentType: string;
  /** Tiles never change; the checkpoint does. */
  isImmutable: boolean;
}

/** PROOF(older, newer) of the log as it is in the tree. */
export type ConsistencyProof = (older: number, newer: number) => Promise<readonly Uint8Array[]>;

/** Asks witnesses to sign beside the log. */
export interface Cosigners {
  /** The log's policy: itself, its witnesses, and how many of them count. */
  readonly policy: string;
  /**
   * Before anything is signed: whether some witness has seen more than the newest checkpoint in the store, or something else.
   * @throws AppError where one has: an old copy was restored, or the past was changed.
   */
  guard(newest: string | undefined, proof: ConsistencyProof): Promise<void>;
  /**
   * The lines that witnesses add to a note, each with its line feed. It waits a moment for those that answer, and not for
   * those that did not answer before.
   * @param late hears of lines that came after that
   * @throws AppError as `guard` does
   */
  cosign(
    note: string,
    proof: ConsistencyProof,
    late: (lines: readonly string[]) => void,
  ): Promise<readonly string[]>;
}

export interface PublishedLogParts {
  storage: Storage;
  stored: StoredEntries;
  key: SigningKey;
  origin: string;
  cosigners?: Cosigners;
  /** Where a snapshot left off; from the beginning where it is left out. */
  from?: { head: CommitHead; edge: TreeEdge };
}

/**
 * The log as strangers see it. It is built only from bytes read back from the store, so that a damaged row is found
 * before anything is signed.
 */
export class PublishedLog {
  readonly #parts: PublishedLogParts;
  readonly #shelf: TileShelf;
  readonly #tree: TileTree;
  #head: CommitHead;
  #signed = { size: -1, note: '' };
  #root: Uint8Array = new Uint8Array();
  #published = 0;
  #isGuarded = false;

  constructor(parts: PublishedLogParts) {
    this.#parts = parts;
    this.#shelf = new TileShelf(parts.storage);
    this.#tree = new TileTree(this.#shelf, parts.from?.edge);
    this.#head = parts.from?.head ?? emptyHead;
  }

  get head(): CommitHead {
    return this.#head;
  }

  /** Entries in the tree, signed or not. */
  get treeSize(): number {
    return this.#tree.size;
  }

  /** Size of the newest signed checkpoint; −1 before the first. */
  get size(): number {
    return this.#signed.size;
  }

  get edge(): TreeEdge {
    return this.#tree.edge;
  }

  get #noteKey() {
    return { name: this.#parts.origin, publicKey: this.#parts.key.publicKey };
  }

  /**
   * Takes in the commits that the store has and the tree has not, below a number.
   * @param after is called after each of them
   * @throws AppError `ledger.damaged` naming the first commit that was changed, is missing or does not follow.
   */
  async catchUp(belowCommit: number, after: (commit: StoredCommit) => void): Promise<void> {
    while (this.#head.number < belowCommit) {
      const wanted = Math.min(READ_COMMITS, belowCommit - this.#head.number);
      const commits = await this.#parts.storage.commits(this.#head.number, wanted);
      if (commits.length === 0) throw damaged(`commit ${this.#head.number} is missing`);
      for (const commit of commits) {
        this.takeIn(commit);
        after(commit);
      }
    }
  }

  /** Adds the entries of a commit that was read from the store. */
  takeIn(commit: StoredCommit): void {
    const fault = faultOfCommit(this.#head, commit);
    if (fault !== undefined) throw damaged(fault);
    for (const leaf of leavesOf(commit)) this.#tree.append(leafHash(sha256, leaf));
    this.#head = headAfter(commit);
  }

  /** The newest checkpoint in the store. @throws AppError `ledger.damaged` where this log did not sign it. */
  async newestStored(): Promise<(Checkpoint & { note: string }) | undefined> {
    const newest = await this.#parts.storage.last(CHECKPOINTS);
    if (newest === undefined) return undefined;
    const read = readNote(newest.value);
    if (read === undefined) throw damaged('its newest checkpoint cannot be read');
    const { note, text, signed } = read;
    if (signed.origin !== this.#parts.origin || !isSignedBy(sha256, verifyEd25519, note, this.#noteKey))
      throw damaged(
        `its newest checkpoint is signed by another key, or for another log (${signed.origin}). ` +
          'A server that shares this ledger needs the same private folder',
      );
    return { ...signed, note: text };
  }

  /**
   * Compares the store with the newest checkpoint that was signed over it, which is served until there is a newer one.
   * @param signed read before the newest commits were: what it covers was in the store by then
   * @returns `ahead` where more entries were signed than the tree has.
   * @throws AppError `ledger.damaged` where other entries were signed.
   */
  async guardAgainstRollback(
    signed: (Checkpoint & { note: string }) | undefined,
  ): Promise<'borne out' | 'ahead'> {
    if (signed === undefined) return 'borne out';
    if (signed.size > this.#tree.size) return 'ahead';
    const root = await this.#tree.rootAt(signed.size);
    if (!sameBytes(signed.root, root))
      throw damaged(`the first ${signed.size} entries are not the ones that were signed`);
    this.#signed = { size: signed.size, note: signed.note };
    this.#root = root;
    return 'borne out';
  }

  /** @throws AppError `ledger.damaged`, always: an old copy of the store was restored. */
  refuseToRunBehind(signedSize: number): never {
    throw damaged(
      `a checkpoint for ${signedSize} entries was signed, but the store holds ${this.#tree.size}`,
    );
  }

  /** Signs the tree as it is now. Tiles and note are stored before anyone sees them. */
  async publish(): Promise<void> {
    const { storage, origin, key, cosigners } = this.#parts;
    const { size } = this.#tree;
    if (size === this.size) return;
    await this.askWitnesses();
    const root = this.#tree.root();
    await this.#shelf.flush();
    const text = formatCheckpoint({ origin, size, root });
    const note = formatNote(sha256, text, this.#noteKey, (bytes) => key.sign(bytes));
    const name = CHECKPOINTS + String(size).padStart(16, '0');
    // Ed25519 is deterministic: the same size gives the same note, unless somebody signed another tree.
    if ((await storage.putIfAbsent(name, utf8(note))) === 'exists') {
      const stored = await storage.get(name);
      // Another writer that is further on may have forgotten it by now, among its old ones.
      if (stored !== undefined && !sameBytes(stored, utf8(note)))
        throw damaged(`another checkpoint for ${size} entries was signed`);
    }
    const late = (lines: readonly string[]) => {
      if (this.#signed.size === size)
        this.#signed = { size, note: addSignatureLines(this.#signed.note, lines) };
    };
    const lines = (await cosigners?.cosign(note, this.#proof, late)) ?? [];
    this.#signed = { size, note: addSignatureLines(note, lines) };
    this.#root = root;
    await this.#forgetOld();
  }

  readonly #proof: ConsistencyProof = (older, newer) => this.#tree.consistencyProof(older, newer);

  /**
   * Once, before the first signature: a restored old copy cannot tell by itself what was signed after it was made.
   * @throws AppError where a witness has seen more, or something else.
   */
  async askWitnesses(): Promise<void> {
    const { cosigners } = this.#parts;
    if (this.#isGuarded || cosigners === undefined) return;
    await cosigners.guard((await this.newestStored())?.note, this.#proof);
    this.#isGuarded = true;
  }

  /** Root of the first `size` entries, from the tiles. */
  rootAt(size: number): Promise<Uint8Array> {
    return this.#tree.rootAt(size);
  }

  consistencyProof(older: number, newer: number): Promise<Uint8Array[]> {
    return this.#tree.consistencyProof(older, newer);
  }

  ledgerHead(): LedgerHead {
    const { size, note } = this.#signed;
    return {
      size,
      root: toBase64(this.#root),
      origin: this.#parts.origin,
      verifierKey: formatVerifierKey(sha256, this.#noteKey),
      checkpoint: note,
    };
  }

  /** An entry with its proof in the newest published checkpoint; undefined beyond it. */
  async proof(index: number): Promise<EntryProof | undefined> {
    const { size, note } = this.#signed;
    const [leaf] = index < size ? await this.#parts.stored.leaves(index, 1) : [];
    if (leaf === undefined) return undefined;
    const hashes = (await this.#tree.inclusionProof(index, size)).map(toBase64);
    return { index, leaf: fromUtf8(leaf), size, hashes, checkpoint: note };
  }

  /** A file by its path under `/log/`: `checkpoint`, `policy`, `tile/…`. Only what a published checkpoint covers. */
  async file(path: string): Promise<LogFile | undefined> {
    if (path === 'checkpoint') return this.#signed.size < 0 ? undefined : text(this.#signed.note);
    if (path === 'policy')
      return text(
        this.#parts.cosigners?.policy ?? `log ${formatVerifierKey(sha256, this.#noteKey)}\nquorum none\n`,
      );
    const address = parseTilePath(path);
    if (address === undefined) return undefined;
    const { level, index, width } = address;
    const bytes =
      level === 'entries'
        ? await this.#bundle(index * TILE_WIDTH, width)
        : await this.#tree.tile({ level, index, width }, this.size);
    return bytes && { bytes, contentType: 'application/octet-stream', isImmutable: true };
  }

  async #bundle(from: number, width: number): Promise<Uint8Array | undefined> {
    if (from + width > this.size) return undefined;
    return frameEntries(await this.#parts.stored.leaves(from, width));
  }

  /** Now and then, beginning with the first of this life: an earlier one may have ended before it came to it. */
  async #forgetOld(): Promise<void> {
    this.#published += 1;
    if (this.#published % CHECKPOINTS_KEPT !== 1) return;
    const { storage } = this.#parts;
    const keys = (await storage.keys(CHECKPOINTS)).sort();
    await storage.remove(keys.slice(0, -CHECKPOINTS_KEPT));
  }
}

function readNote(bytes: Uint8Array) {
  try {
    const text = fromUtf8(bytes);
    const note = parseNote(text);
    return { text, note, signed: parseCheckpoint(note.text) };
  } catch {
    return undefined;
  }
}

function text(content: string): LogFile {
  return { bytes: utf8(content), contentType: 'text/plain; charset=utf-8', isImmutable: false };
}

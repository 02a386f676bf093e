import { sameBytes, toBase64, utf8 } from '#contract/bytes.ts';
import { frameEntries, TILE_WIDTH, tilePath } from '#contract/log-tiles.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import { formatSignatureLine, noteKeyId, parseNote } from '#contract/signed-note.ts';
import { AppError } from '../errors.ts';
import { COMMIT_ENTRIES_MAX, type CommitHead, emptyHead, headAfter, makeCommit } from '../ledger/commit.ts';
import { sha256 } from '../ledger/node-crypto.ts';
import type { EntryRow, Storage } from '../storage/storage.ts';
import { damagedCopy, QuickChain, rowOf } from './entry-rows.ts';
import { filesOfFolder, logFolderOf, type ShowProgress } from './log-files.ts';
import { logKeyOfPolicy } from './log-policy.ts';
import { folderFiles } from './mirror-files.ts';
import { openCheckpoint, readVerifierKey, type SignedCheckpoint } from './signed-checkpoint.ts';
import { notAsSigned, type SignedBundle, SignedTree } from './signed-tree.ts';

/** A commit of imported entries closes at this size, far below what any store takes as one row. */
const COMMIT_BYTES_MAX = 2 ** 20;
/** Bundles read ahead while the store writes. */
const READ_AHEAD = 8;
/** Hash tiles written in one go; 2 MiB. */
const WRITE_TILES = 256;

export interface ImportResult {
  readonly size: number;
  readonly root: string;
  readonly origin: string;
}

/**
 * Writes the log of a mirror into an empty store, byte for byte, with its hash tiles and its checkpoint. Every entry is
 * vouched for by the signed root and linked to the one before it in its stream; signatures of entries are not checked here.
 * @throws AppError `import.not-empty` where the store holds a ledger, `log.tampered` or `ledger.damaged` naming what is wrong.
 */
export async function importMirror(wish: {
  folder: string;
  storage: Storage;
  verifierKey: string | undefined;
  show: ShowProgress;
}): Promise<ImportResult> {
  const { storage, show } = wish;
  if ((await storage.commits(0, 1)).length > 0 || (await storage.last('cp/')) !== undefined)
    throw new AppError('conflict', 'There is a ledger in this place already; import into an empty one.', {
      code: 'import.not-empty',
    });
  const folder = logFolderOf(wish.folder);
  const { checkpoint, note } = await readCheckpoint(folder, wish.verifierKey);
  const tree = await SignedTree.open(folderFiles(folder), checkpoint);
  // Before the entries: a server that finds half a copy refuses to sign.
  await storage.putIfAbsent(`cp/${String(checkpoint.size).padStart(16, '0')}`, utf8(note));
  const writer = new CommitWriter(storage);
  for await (const bundle of bundlesInOrder(tree)) {
    await writer.add(bundle);
    show('entries', bundle.first + bundle.leaves.length, checkpoint.size);
  }
  await writer.flush();
  await writer.putTiles(
    [...tree.fullTilesAbove()].map(({ address, bytes }) => [tilePath(address), bytes] as const),
  );
  return { size: checkpoint.size, root: toBase64(checkpoint.root), origin: checkpoint.origin };
}

/** The checkpoint as the log itself keeps it: with its own signature only. */
async function readCheckpoint(
  folder: string,
  verifierKey: string | undefined,
): Promise<{ checkpoint: SignedCheckpoint; note: string }> {
  const read = filesOfFolder(folder);
  const bytes = await read('checkpoint');
  const policy = await read('policy');
  if (bytes === undefined || policy === undefined)
    throw notAsSigned(bytes === undefined ? 'checkpoint' : 'policy', folder);
  const key = readVerifierKey(verifierKey ?? logKeyOfPolicy(Buffer.from(policy).toString('utf8'), folder));
  const checkpoint = openCheckpoint(bytes, key, folder);
  const { text, signatures } = parseNote(checkpoint.note);
  const id = noteKeyId(sha256, key);
  const own = signatures.find(({ name, keyId }) => name === key.name && sameBytes(keyId, id));
  if (own === undefined) throw notAsSigned('checkpoint', folder);
  return { checkpoint, note: `${text}\n${formatSignatureLine(own)}` };
}

/** In order, with some read ahead. */
async function* bundlesInOrder(tree: SignedTree): AsyncGenerator<SignedBundle> {
  const ahead: Promise<SignedBundle>[] = [];
  const read = (index: number) => {
    const bundle = tree.bundle(index);
    // It is awaited in its turn; until then nobody hears of its failure.
    bundle.catch(() => undefined);
    ahead.push(bundle);
  };
  let next = 0;
  while (next < tree.bundleCount || ahead.length > 0) {
    while (next < tree.bundleCount && ahead.length < READ_AHEAD) {
      read(next);
      next += 1;
    }
    const bundle = await ahead.shift();
    if (bundle !== undefined) yield bundle;
  }
}

/** Gathers bundles into commits; while one is being stored the next is made. */
class CommitWriter {
  readonly #storage: Storage;
  readonly #chain = new QuickChain();
  #head: CommitHead = emptyHead;
  #leaves: Uint8Array[] = [];
  #hashes: Uint8Array[] = [];
  #bytes = 0;
  #tiles: (readonly [string, Uint8Array])[] = [];
  #storing: Promise<void> = Promise.resolve();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async add({ first, leaves, hashes }: SignedBundle): Promise<void> {
    for (const [at, leaf] of leaves.entries()) {
      if (this.#leaves.length >= COMMIT_ENTRIES_MAX || this.#bytes + leaf.length > COMMIT_BYTES_MAX)
        await this.flush();
      this.#leaves.push(leaf);
      this.#hashes.push(hashes.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES));
      this.#bytes += leaf.length;
    }
    if (leaves.length === TILE_WIDTH)
      this.#tiles.push([tilePath({ level: 0, index: first / TILE_WIDTH, width: TILE_WIDTH }), hashes]);
  }

  /** Durable when it resolves the next time, or at the end when it has been called twice. */
  async flush(): Promise<void> {
    await this.#storing;
    if (this.#leaves.length > 0) {
      const commit = makeCommit(this.#head, {
        bundle: frameEntries(this.#leaves),
        count: this.#leaves.length,
      });
      const rows: EntryRow[] = this.#leaves.map((leaf, at) =>
        rowOf(leaf, commit.first + at, commit.number, this.#hashes[at] ?? new Uint8Array(), this.#chain),
      );
      this.#head = headAfter(commit);
      this.#storing = this.#store(commit, rows);
      this.#storing.catch(() => undefined);
    }
    this.#leaves = [];
    this.#hashes = [];
    this.#bytes = 0;
    if (this.#tiles.length >= WRITE_TILES) await this.putTiles(this.#tiles.splice(0));
  }

  async putTiles(more: readonly (readonly [string, Uint8Array])[]): Promise<void> {
    await this.#storing;
    const tiles = [...this.#tiles.splice(0), ...more];
    for (let at = 0; at < tiles.length; at += WRITE_TILES)
      await this.#storage.putAllIfAbsent(tiles.slice(at, at + WRITE_TILES));
  }

  async #store(commit: ReturnType<typeof makeCommit>, rows: readonly EntryRow[]): Promise<void> {
    if ((await this.#storage.putCommit(commit, rows)) === 'exists')
      throw damagedCopy(`commit ${commit.number} is in the place already that should be empty`);
  }
}

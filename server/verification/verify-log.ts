import { sameBytes } from '#contract/bytes.ts';
import { TILE_WIDTH } from '#contract/log-tiles.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import type { NoteKey } from '#contract/signed-note.ts';
import type { Policy } from '#contract/tlog-policy.ts';
import { blame, firstDifference } from './blame.ts';
import { EntryRules, type OwnedSignature } from './entry-rules.ts';
import { bundleLength, hashBundle } from './leaf-hashes.ts';
import { type LeafFiles, LogFiles } from './log-files.ts';
import { SignatureBatches } from './signature-batches.ts';
import { BlockHasher, type HashTile, TileTree } from './tile-tree.ts';
import type { FetchFile, JudgeEntry, VerifierTools, VerifyProgress } from './tools.ts';
import {
  forkFrom,
  type KeptCheckpoint,
  readKeptCheckpoint,
  readTrustedCheckpoint,
  requireFresh,
  requireGrown,
  type TrustedCheckpoint,
} from './trusted-checkpoint.ts';
import { LogFault, type LogVerdict } from './verdict.ts';

/** Tiles asked for before they are used: hides the way to a server, and costs a few megabytes at worst. */
const TILES_AHEAD = 8;

export interface VerifyOptions {
  readonly fetchFile: FetchFile;
  readonly tools: VerifierTools;
  /** Whom to trust. Left out, the log's own policy is believed, and the verdict says so. */
  readonly policy?: Policy | undefined;
  /** The log's key, where that alone is known: who should cosign is then still the log's own word. */
  readonly logKey?: NoteKey | undefined;
  /** The signed note of a checkpoint that was seen before: the log must have grown from it. */
  readonly since?: string | undefined;
  /** How old the newest cosignature may be; needs a policy with witnesses. */
  readonly freshness?: { readonly nowMs: number; readonly ageMaxMs: number } | undefined;
  /** Whether to read the entries, or only to hash them. True where it is left out. */
  readonly withEntries?: boolean | undefined;
  /** Whether to check the signatures of the entries. True where it is left out. */
  readonly withSignatures?: boolean | undefined;
  /** What the entries may say; hears them only where they are read. */
  readonly judge?: JudgeEntry | undefined;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
  readonly tilesAhead?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Verifies a whole log from the outside with plain GETs: checkpoint and quorum, every entry up to it (canonical, linked in
 * its stream, in time, signed, allowed), every hash tile, the root, and that it grew from what was seen before.
 * Rejects only where it is told to stop (`signal`) or a tool fails; what is wrong with the log is the verdict.
 */
export function verifyLog(options: VerifyOptions): Promise<LogVerdict> {
  return new Verification(options).advance();
}

/** One advance: from what was there before to what the log has signed now. */
interface Advance {
  readonly trusted: TrustedCheckpoint;
  readonly kept: KeptCheckpoint | undefined;
}

/**
 * Follows a log as it grows. The first `advance` verifies all of it, each later one only what has come since: it keeps the
 * right edge of the tree and the ends of the streams, so an entry is read once.
 */
export class Verification {
  readonly #options: VerifyOptions;
  readonly #files: LogFiles;
  readonly #blocks: BlockHasher;
  readonly #tree: TileTree;
  readonly #rules = new EntryRules();
  readonly #signatures: SignatureBatches;
  #verified: KeptCheckpoint | undefined;
  #isHalfDone = false;
  /** Root of the entries that the kept checkpoint covers. */
  #rootThen: Uint8Array | undefined;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#files = new LogFiles(options.fetchFile, options.tilesAhead ?? TILES_AHEAD, options.signal);
    this.#blocks = new BlockHasher(options.tools.sha256);
    this.#tree = new TileTree(this.#blocks);
    this.#signatures = new SignatureBatches(options.tools);
  }

  /** False after an advance that broke off among the entries: only a new verification can tell more then. */
  get canAdvance(): boolean {
    return !this.#isHalfDone;
  }

  /**
   * Verifies what has come up to the newest checkpoint, as `verifyLog` says. One at a time.
   * Rejects also where it cannot advance any more.
   */
  async advance(): Promise<LogVerdict> {
    if (this.#isHalfDone) throw new Error('This verification broke off: begin a new one.');
    try {
      return await this.#run();
    } catch (error) {
      if (!(error instanceof LogFault)) throw error;
      const { fault, message: reason, index, evidence } = error;
      return {
        verified: false,
        fault,
        reason,
        ...(index === undefined ? {} : { index }),
        ...(evidence === undefined ? {} : { evidence }),
      };
    }
  }

  async #run(): Promise<LogVerdict> {
    const { tools, policy, logKey, freshness } = this.#options;
    const trusted = await readTrustedCheckpoint(this.#files, tools, policy, logKey);
    const { checkpoint, note, key, trust, witnesses } = trusted;
    this.#tell('checkpoint', this.#tree.size, checkpoint.size);
    const kept = this.#keptFor(trusted);
    if (kept !== undefined) await requireGrown(this.#files, this.#blocks, trusted, kept);
    if (freshness !== undefined) requireFresh(trusted, freshness);
    this.#isHalfDone = true;
    await this.#readAll({ trusted, kept });
    this.#tell('root', checkpoint.size, checkpoint.size);
    this.#requireRoot({ trusted, kept });
    this.#isHalfDone = false;
    this.#verified = { checkpoint, note };
    return {
      verified: true,
      ...{ checkpoint, note, key, trust, witnesses },
      signatures: this.#signatures.count,
    };
  }

  /** Read anew each time: what was verified counts only as long as the key that signed it is the log's. */
  #keptFor(trusted: TrustedCheckpoint): KeptCheckpoint | undefined {
    const note = this.#verified?.note ?? this.#options.since;
    if (note === undefined) return undefined;
    return { note, checkpoint: readKeptCheckpoint(note, trusted, this.#options.tools) };
  }

  async #readAll(advance: Advance): Promise<void> {
    const { size } = advance.trusted.checkpoint;
    const firstTile = Math.floor(this.#tree.size / TILE_WIDTH);
    try {
      if (size > this.#tree.size)
        for await (const files of this.#files.leaves(size, firstTile)) {
          await this.#readTile(files, advance);
          this.#tell('entries', this.#tree.size, size);
        }
      for (const tile of this.#tree.edge()) await this.#compareTile(tile);
      await this.#signatures.end();
    } catch (error) {
      // A signature of an earlier entry may be bad too, and is the first fault then.
      if (error instanceof LogFault) await this.#signatures.end();
      throw this.#firstOf(error);
    }
    if (this.#signatures.fault !== undefined) throw this.#signatures.fault;
  }

  #firstOf(error: unknown): unknown {
    const bad = this.#signatures.fault;
    const at = error instanceof LogFault ? (error.index ?? this.#tree.size) : -1;
    return bad !== undefined && (bad.index ?? 0) <= at ? bad : error;
  }

  async #readTile(files: LeafFiles, { trusted, kept }: Advance): Promise<void> {
    const { index, width, bundle, hashes: served, isLonger } = files;
    const first = index * TILE_WIDTH;
    const { leaves, hashes } = hashBundle(this.#options.tools.sha256, bundle, width, first);
    if (!sameBytes(hashes, served))
      throw await blame(this.#files, this.#blocks, {
        checkpoint: trusted.checkpoint,
        tile: index,
        computed: hashes,
        served,
      });
    if (!isLonger && bundleLength(leaves) !== bundle.length)
      throw new LogFault('broken-bundle', 'the bundle goes on behind its last entry', {
        index: first + width - 1,
      });
    const more = (kept?.checkpoint.size ?? -1) - first;
    if (more >= 0 && more < TILE_WIDTH)
      this.#rootThen = this.#tree.root(hashes.subarray(0, more * HASH_BYTES));
    const known = this.#tree.size - first;
    for (const tile of this.#tree.add(hashes)) await this.#compareTile(tile);
    if (this.#options.withEntries !== false) await this.#readEntries(leaves, first, known, hashes);
  }

  /** @param known so many of the leaves were read by an advance before. */
  async #readEntries(
    leaves: readonly Uint8Array[],
    first: number,
    known: number,
    hashes: Uint8Array,
  ): Promise<void> {
    const { judge, withSignatures } = this.#options;
    const batch: OwnedSignature[] = [];
    let fault: unknown;
    try {
      for (const [at, leaf] of leaves.entries()) {
        if (at < known) continue;
        const index = first + at;
        const leafHash = hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
        const read = this.#rules.follow(leaf, index, leafHash);
        if (withSignatures !== false) batch.push(...this.#rules.signaturesOf(leaf, read, index));
        const broken = judge?.({ ...read.entry, index, leafHash, text: read.text });
        if (broken !== undefined) throw new LogFault('broken-rule', broken, { index });
      }
    } catch (error) {
      fault = error;
    }
    await this.#signatures.add(batch);
    if (fault !== undefined) throw fault;
    if (this.#signatures.fault !== undefined) throw this.#signatures.fault;
  }

  async #compareTile({ address, hashes }: HashTile): Promise<void> {
    const served = await this.#files.hashTile(address);
    if (sameBytes(served, hashes)) return;
    const place = address.index * TILE_WIDTH + firstDifference(served, hashes);
    throw new LogFault('bad-tile', `a hash tile of level ${address.level} is not what the entries give`, {
      index: place * TILE_WIDTH ** address.level,
    });
  }

  #requireRoot({ trusted, kept }: Advance): void {
    const { checkpoint } = trusted;
    if (!sameBytes(this.#tree.root(), checkpoint.root))
      throw new LogFault('bad-root', 'the entries do not lead to the root that was signed');
    if (kept === undefined || kept.checkpoint.size === checkpoint.size) return;
    if (this.#rootThen === undefined || !sameBytes(this.#rootThen, kept.checkpoint.root))
      throw forkFrom(kept, trusted);
  }

  #tell(phase: VerifyProgress['phase'], done: number, total: number): void {
    this.#options.onProgress?.({ phase, done, total });
  }
}

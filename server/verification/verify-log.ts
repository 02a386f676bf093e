import { sameBytes } from '#contract/bytes.ts';
import type { Checkpoint } from '#contract/checkpoint.ts';
import { TILE_WIDTH } from '#contract/log-tiles.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import type { Policy } from '#contract/tlog-policy.ts';
import { blame, firstDifference } from './blame.ts';
import { EntryRules, type OwnedSignature } from './entry-rules.ts';
import { bundleLength, hashBundle } from './leaf-hashes.ts';
import { type LeafFiles, LogFiles } from './log-files.ts';
import { SignatureBatches } from './signature-batches.ts';
import { BlockHasher, type HashTile, TileTree } from './tile-tree.ts';
import type { FetchFile, JudgeEntry, VerifierTools, VerifyProgress } from './tools.ts';
import {
  readKeptCheckpoint,
  readTrustedCheckpoint,
  requireFresh,
  requireNoStepBack,
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
export async function verifyLog(options: VerifyOptions): Promise<LogVerdict> {
  try {
    return await new Verification(options).run();
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

class Verification {
  readonly #options: VerifyOptions;
  readonly #files: LogFiles;
  readonly #blocks: BlockHasher;
  readonly #tree: TileTree;
  readonly #rules = new EntryRules();
  readonly #signatures: SignatureBatches;
  /** Root of the entries that the kept checkpoint covers. */
  #rootThen: Uint8Array | undefined;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#files = new LogFiles(options.fetchFile, options.tilesAhead ?? TILES_AHEAD, options.signal);
    this.#blocks = new BlockHasher(options.tools.sha256);
    this.#tree = new TileTree(this.#blocks);
    this.#signatures = new SignatureBatches(options.tools);
  }

  async run(): Promise<LogVerdict> {
    const { tools, policy, since, freshness } = this.#options;
    const trusted = await readTrustedCheckpoint(this.#files, tools, policy);
    const { checkpoint, note, trust, witnesses } = trusted;
    this.#tell('checkpoint', 0, checkpoint.size);
    const kept =
      since === undefined
        ? undefined
        : { note: since, checkpoint: readKeptCheckpoint(since, trusted, tools) };
    if (kept !== undefined) await requireNoStepBack(this.#files, this.#blocks, trusted, kept);
    if (freshness !== undefined) requireFresh(trusted, freshness);
    await this.#readAll(checkpoint, kept?.checkpoint);
    this.#tell('root', checkpoint.size, checkpoint.size);
    this.#requireRoot(trusted, kept);
    return {
      verified: true,
      ...{ checkpoint, note, trust, witnesses },
      signatures: this.#signatures.count,
    };
  }

  async #readAll(checkpoint: Checkpoint, kept: Checkpoint | undefined): Promise<void> {
    try {
      for await (const files of this.#files.leaves(checkpoint.size)) {
        await this.#readTile(files, checkpoint, kept);
        this.#tell('entries', this.#tree.size, checkpoint.size);
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

  async #readTile(files: LeafFiles, checkpoint: Checkpoint, kept: Checkpoint | undefined): Promise<void> {
    const { index, width, bundle, hashes: served, isLonger } = files;
    const first = index * TILE_WIDTH;
    const { leaves, hashes } = hashBundle(this.#options.tools.sha256, bundle, width, first);
    if (!sameBytes(hashes, served))
      throw await blame(this.#files, this.#blocks, { checkpoint, tile: index, computed: hashes, served });
    if (!isLonger && bundleLength(leaves) !== bundle.length)
      throw new LogFault('broken-bundle', 'the bundle goes on behind its last entry', {
        index: first + width - 1,
      });
    if (kept !== undefined && kept.size >= first && kept.size < first + TILE_WIDTH)
      this.#rootThen = this.#tree.root(hashes.subarray(0, (kept.size - first) * HASH_BYTES));
    for (const tile of this.#tree.add(hashes)) await this.#compareTile(tile);
    if (this.#options.withEntries !== false) await this.#readEntries(leaves, first, hashes);
  }

  async #readEntries(leaves: readonly Uint8Array[], first: number, hashes: Uint8Array): Promise<void> {
    const { judge, withSignatures } = this.#options;
    const batch: OwnedSignature[] = [];
    let fault: unknown;
    try {
      for (const [at, leaf] of leaves.entries()) {
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

  #requireRoot(
    { checkpoint, note }: TrustedCheckpoint,
    kept?: { note: string; checkpoint: Checkpoint },
  ): void {
    const root = this.#tree.root();
    if (!sameBytes(root, checkpoint.root))
      throw new LogFault('bad-root', 'the entries do not lead to the root that was signed');
    if (kept === undefined || kept.checkpoint.size === checkpoint.size) return;
    if (this.#rootThen === undefined || !sameBytes(this.#rootThen, kept.checkpoint.root))
      throw new LogFault(
        'fork',
        `the log has not grown from the ${kept.checkpoint.size} entries it once signed`,
        {
          evidence: { older: kept.note, newer: note },
        },
      );
  }

  #tell(phase: VerifyProgress['phase'], done: number, total: number): void {
    this.#options.onProgress?.({ phase, done, total });
  }
}

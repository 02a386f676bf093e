import { availableParallelism } from 'node:os';
import { canonicalJson } from '#contract/canonical-json.ts';
import { DesignReport, type DesignSummary, type Parameters } from '#contract/design.ts';
import type { ContentHash } from '#contract/quantities.ts';
import type { WorkerResult, WorkerTask } from './evaluation/worker-messages.ts';
import { WorkerPool } from './evaluation/worker-pool.ts';
import { engineVersions } from './kernel/engine-versions.ts';
import { checkParameters } from './package/check-parameters.ts';
import { hashBytes, type PackageFiles } from './package/package-files.ts';
import { type ReadPackage, readPackage, summarise } from './package/read-package.ts';
import { DEFAULT_LIMITS, SCRIPT_SEED, type ScriptLimits } from './sandbox/limits.ts';

/** A checked package, ready to be evaluated. */
export interface Design extends ReadPackage {
  readonly summary: DesignSummary;
}

export interface GeometrySurroundings {
  /** Keeps files by what they are. */
  readonly blobs: { put(bytes: Uint8Array): Promise<ContentHash> };
  /** Keeps reports under their key; losing them costs time only. */
  readonly cache: {
    get(key: ContentHash): Promise<Uint8Array | undefined>;
    put(key: ContentHash, bytes: Uint8Array): Promise<void>;
  };
  readonly workers?: number;
  readonly limits?: ScriptLimits;
}

export interface Geometry {
  /** Checks a package and asks its script for the parameters. Throws AppErrors that name the field and the file. */
  readPackage(files: PackageFiles): Promise<Design>;
  /** Evaluates a design; what was evaluated before comes from the cache. Throws AppErrors for people. */
  evaluate(request: { design: Design; parameters: Parameters }): Promise<DesignReport>;
  close(): Promise<void>;
}

/** Kernel, nesting and files together; the script alone has its own, shorter deadline. */
const TASK_DEADLINE_MS = 45_000;

/** One core stays free for the server. */
function defaultWorkers(): number {
  return Math.max(1, Math.min(3, availableParallelism() - 1));
}

/** The key of an evaluation: version, complete parameters, versions of all engines, and seed. */
export function evaluationKey(
  version: ContentHash,
  parameters: Parameters,
  engines: Readonly<Record<string, string>>,
): ContentHash {
  return hashBytes(canonicalJson({ version, parameters, engines, seed: SCRIPT_SEED }));
}

function readKept(bytes: Uint8Array | undefined): DesignReport | undefined {
  if (bytes === undefined) return undefined;
  try {
    return DesignReport.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    // A damaged entry of a cache is as good as none.
    return undefined;
  }
}

async function expectKind<K extends WorkerResult['kind']>(
  pool: WorkerPool,
  task: Extract<WorkerTask, { kind: K }>,
): Promise<Extract<WorkerResult, { kind: K }>> {
  const result = await pool.run(task);
  return result as Extract<WorkerResult, { kind: K }>;
}

/** Starts the workers. `close` ends them. */
export function createGeometry({
  blobs,
  cache,
  workers = defaultWorkers(),
  limits = DEFAULT_LIMITS,
}: GeometrySurroundings): Geometry {
  const pool = new WorkerPool({ workers, deadlineMs: TASK_DEADLINE_MS });
  const engines = engineVersions();
  const running = new Map<ContentHash, Promise<DesignReport>>();

  const evaluateAnew = async (
    design: Design,
    parameters: Parameters,
    key: ContentHash,
  ): Promise<DesignReport> => {
    const kept = readKept(await cache.get(key));
    if (kept !== undefined) return kept;
    const { sources, profile } = design;
    const task = { key, sources, profile, parameters, engines, limits };
    const { report, files } = await expectKind(pool, { kind: 'evaluate', task });
    // The report names the files, so they are kept before it.
    for (const bytes of files.values()) await blobs.put(bytes);
    await cache.put(key, new TextEncoder().encode(canonicalJson(report)));
    return report;
  };

  return {
    async readPackage(files) {
      const read = readPackage(files);
      const { sources, profile } = read;
      const { described } = await expectKind(pool, {
        kind: 'definitions',
        sources,
        entry: profile.entry,
        limits,
      });
      return { ...read, summary: summarise(read, described) };
    },
    async evaluate({ design, parameters }) {
      const complete = checkParameters(design.summary.parameters, parameters);
      const key = evaluationKey(design.version, complete, engines);
      const shared = running.get(key);
      if (shared !== undefined) return shared;
      const evaluation = evaluateAnew(design, complete, key).finally(() => running.delete(key));
      running.set(key, evaluation);
      return evaluation;
    },
    close: () => pool.close(),
  };
}

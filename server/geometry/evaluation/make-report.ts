import type { DesignReport, Parameters, PartReport, Size, WorkPiece } from '#contract/design.ts';
import type { ContentHash } from '#contract/quantities.ts';
import { type PrintNeeds, printNeeds } from '../estimate/print-needs.ts';
import { writePartDxf } from '../exports/dxf.ts';
import { writeGlb } from '../exports/glb.ts';
import { isClosedMesh, type Rgba, type SolidMesh, toSolidMesh } from '../exports/solid-mesh.ts';
import { writeStl } from '../exports/stl.ts';
import { writeThreeMf } from '../exports/three-mf.ts';
import type { Kernel } from '../kernel/manifold-kernel.ts';
import type { DesignProfile } from '../package/design-profile.ts';
import { hashBytes } from '../package/package-files.ts';
import { collectParts, type DesignPart } from '../parts/design-parts.ts';
import { boundsOf, roundToMicrometre } from '../parts/plane-figures.ts';
import { freeSolids, type ReturnedSolid, takeReturnedSolids } from '../parts/returned-shapes.ts';
import { SCRIPT_SEED, type ScriptLimits } from '../sandbox/limits.ts';
import { runMain } from '../sandbox/run-script.ts';
import { cutPieces, type Keep, printPieces } from './work-pieces.ts';

export interface EvaluationTask {
  /** Key of the evaluation, made by `evaluationKey`. */
  readonly key: ContentHash;
  readonly sources: ReadonlyMap<string, string>;
  readonly profile: DesignProfile;
  /** Complete and checked. */
  readonly parameters: Parameters;
  readonly engines: Readonly<Record<string, string>>;
  readonly limits: ScriptLimits;
}

export interface Evaluated {
  readonly report: DesignReport;
  readonly files: ReadonlyMap<ContentHash, Uint8Array>;
}

/** Birch plywood and a calm blue plastic, where a design gives no colour. */
const COLOURS: Record<'cut' | 'print', Rgba> = { cut: [0.86, 0.72, 0.52, 1], print: [0.24, 0.45, 0.62, 1] };

/** The whole way from a script to files and report. The same task gives the same bytes everywhere. */
export async function evaluateTask(
  task: EvaluationTask,
  kernel: Kernel,
  nowMs: () => number,
): Promise<Evaluated> {
  const script = { files: task.sources, entry: task.profile.entry };
  const { described, store } = await runMain(script, task.parameters, { kernel, limits: task.limits, nowMs });
  let solids: ReturnedSolid[] = [];
  try {
    solids = takeReturnedSolids(described, store);
    const parts = collectParts(kernel, solids, task.profile, task.parameters);
    return makeReport(task, parts);
  } finally {
    freeSolids(solids);
    store.clear();
  }
}

function makeReport(task: EvaluationTask, parts: readonly DesignPart[]): Evaluated {
  const files = new Map<ContentHash, Uint8Array>();
  const keep: Keep = (bytes) => {
    const hash = hashBytes(bytes);
    files.set(hash, bytes);
    return hash;
  };
  const meshes = new Map(parts.map((part) => [part, meshesOf(part)]));
  const all = [...meshes.values()].flat();
  const { sheet, print } = task.profile;
  const printed = new Map(
    parts.flatMap((part) => {
      const [mesh] = meshes.get(part) ?? [];
      if (part.profile.process !== 'print' || print === undefined || mesh === undefined) return [];
      return [[part, { mesh, needs: printNeeds(mesh, print['layer-height-mm']) }] as const];
    }),
  );
  const workPieces: WorkPiece[] = [
    ...(sheet === undefined ? [] : cutPieces(parts, sheet, keep)),
    ...(print === undefined ? [] : printPieces(parts, printed, print, keep)),
  ];
  const reports = parts.map((part) =>
    partReport(part, meshes.get(part) ?? [], printed.get(part)?.needs, keep),
  );
  const report: DesignReport = {
    v: 1,
    evaluation: task.key,
    geometry: hashGeometry(all),
    parameters: task.parameters,
    size: assemblySize(parts),
    massG: sum(reports.map(({ massG, quantity }) => massG * quantity)),
    volumeMm3: sum(reports.map(({ volumeMm3, quantity }) => volumeMm3 * quantity)),
    parts: reports,
    workPieces,
    sheets: workPieces.filter(({ process }) => process === 'cut').length,
    files: { glb: keep(writeGlb(all)), threeMf: keep(writeThreeMf(all)), stl: keep(writeStl(all)) },
    engines: task.engines,
    seed: SCRIPT_SEED,
  };
  return { report, files };
}

function meshesOf({ profile, solids }: DesignPart): SolidMesh[] {
  return solids.map(({ solid, colour, name }) =>
    toSolidMesh(solid, {
      name: name || profile.name,
      partId: profile.id,
      colour: colour ?? COLOURS[profile.process],
    }),
  );
}

function sum(values: readonly number[]): number {
  return roundToMicrometre(values.reduce((total, value) => total + value, 0));
}

/** SHA-256 over names, whole micrometres and triangles: independent of how any file writes its numbers. */
function hashGeometry(meshes: readonly SolidMesh[]): ContentHash {
  const hashes = meshes.map(({ name, partId, micrometres, triangles }) =>
    [
      JSON.stringify([name, partId]),
      hashBytes(littleEndian(micrometres)),
      hashBytes(littleEndian(triangles)),
    ].join('\n'),
  );
  return hashBytes(hashes.join('\n'));
}

function littleEndian(numbers: Int32Array | Uint32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < numbers.length; index += 1) view.setInt32(4 * index, numbers[index] ?? 0, true);
  return bytes;
}

function boxSize(min: readonly number[], max: readonly number[]): Size {
  const [xMm = 0, yMm = 0, zMm = 0] = [0, 1, 2].map((axis) =>
    roundToMicrometre((max[axis] ?? 0) - (min[axis] ?? 0)),
  );
  return { xMm, yMm, zMm };
}

function assemblySize(parts: readonly DesignPart[]): Size {
  const boxes = parts.flatMap(({ solids }) => solids.map(({ solid }) => solid.boundingBox()));
  const extreme = (of: (...values: number[]) => number, side: 'min' | 'max'): number[] =>
    ([0, 1, 2] as const).map((axis) => of(...boxes.map((box) => box[side][axis])));
  return boxSize(extreme(Math.min, 'min'), extreme(Math.max, 'max'));
}

function partReport(
  part: DesignPart,
  meshes: readonly SolidMesh[],
  needs: PrintNeeds | undefined,
  keep: Keep,
): PartReport {
  const { profile, flat, quantity, solids } = part;
  const { solid } = solids[0];
  const volumeMm3 = roundToMicrometre(solid.volume());
  const { min, max } = solid.boundingBox();
  const common = {
    partId: profile.id,
    name: profile.name,
    quantity,
    process: profile.process,
    material: profile.material,
    volumeMm3,
    massG: roundToMicrometre(((needs?.plasticMm3 ?? volumeMm3) * profile['density-kg-per-m3']) / 1_000_000),
    isManifold: meshes.every(isClosedMesh),
  };
  const stl = keep(writeStl(meshes.slice(0, 1)));
  if (flat === undefined) return { ...common, size: boxSize(min, max), files: { stl } };
  const { innerRadiusMm, narrowestOpeningMm, ...sheetPart } = flat;
  const { minX, minY, maxX, maxY } = boundsOf([flat.outline]);
  return {
    ...common,
    size: boxSize([minX, minY, 0], [maxX, maxY, flat.thicknessMm]),
    innerRadiusMm,
    narrowestOpeningMm,
    files: { stl, dxf: keep(writePartDxf(sheetPart)) },
  };
}

import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { sliceOurselves } from '../../../../firmware-bridge/slicing/own-slicer.ts';
import { plateSeconds, printNeeds } from '../../../../server/geometry/estimate/print-needs.ts';
import { evaluateTask } from '../../../../server/geometry/evaluation/make-report.ts';
import { toSolidMesh } from '../../../../server/geometry/exports/solid-mesh.ts';
import {
  type Kernel,
  loadKernel,
  type Manifold,
} from '../../../../server/geometry/kernel/manifold-kernel.ts';
import { checkParameters } from '../../../../server/geometry/package/check-parameters.ts';
import { readPackage, summarise } from '../../../../server/geometry/package/read-package.ts';
import { readDefinitions } from '../../../../server/geometry/sandbox/run-script.ts';
import { PRINTER, plateOf } from '../../../firmware-bridge/slicing/plates.ts';
import { readFolder } from '../../../support/read-folder.ts';

const limits = { deadlineMs: 20_000, memoryMebibytes: 192 };
const nowMs = (): number => performance.now();
const DENSITY_G_PER_CM3 = PRINTER.filamentDensityGPerCm3;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** Within 15 % of what the slicer found. */
function expectNear(estimated: number, sliced: number): void {
  expect(estimated / sliced).toBeGreaterThan(0.85);
  expect(estimated / sliced).toBeLessThan(1.15);
}

const shapes: Record<string, () => Manifold> = {
  'a cube': () => kernel.Manifold.cube([20, 20, 20]),
  'a thin board': () => kernel.Manifold.cube([80, 50, 4]),
  'a thin-walled tube': () =>
    kernel.Manifold.cylinder(40, 20, 20, 64).subtract(
      kernel.Manifold.cylinder(50, 17, 17, 64).translate(0, 0, -5),
    ),
  'a cone': () => kernel.Manifold.cylinder(30, 20, 5, 48),
  'a bracket with a bore': () =>
    kernel.Manifold.cube([60, 40, 30])
      .subtract(kernel.Manifold.cube([60, 40, 40]).translate(6, -6, 6))
      .subtract(kernel.Manifold.cylinder(20, 4, 4, 32).translate(40, 20, -5)),
};

describe('the estimate of a print', () => {
  it.each(Object.keys(shapes))('of %s is near the time and the plastic of the slicer', async (name) => {
    const made = shapes[name]?.();
    if (made === undefined) throw new Error('no shape');
    const { min } = made.boundingBox();
    const solid = made.translate(100 - min[0], 100 - min[1], -min[2]);
    const program = await sliceOurselves(plateOf(solid), PRINTER);
    const mesh = toSolidMesh(solid, { name, partId: name, colour: [0, 0, 0, 1] });
    const needs = printNeeds(mesh, PRINTER.layerHeightMm);
    expectNear(plateSeconds([needs], PRINTER.layerHeightMm), program.estimatedSeconds);
    expectNear(needs.plasticMm3 * DENSITY_G_PER_CM3, program.filamentMg);
  });

  it.each([
    ['corner-connector', {}],
    ['corner-connector', { screws: false, arm: 40 }],
    ['cable-hook', {}],
  ])('of the plate of %s with %o is near that of the slicer', { timeout: 60_000 }, async (name, given) => {
    const folder = fileURLToPath(new URL(`../../../../designs/${name}`, import.meta.url));
    const design = readPackage(readFolder(folder));
    const script = { files: design.sources, entry: design.profile.entry };
    const summary = summarise(design, await readDefinitions(script, { kernel, limits, nowMs }));
    const parameters = checkParameters(summary.parameters, given);
    const { version: key, sources, profile } = design;
    const task = { key, sources, profile, parameters, engines: {}, limits };
    const { report, files } = await evaluateTask(task, kernel, nowMs);
    expect(report.workPieces).not.toHaveLength(0);
    for (const piece of report.workPieces) {
      if (piece.process !== 'print') continue;
      const plate = files.get(piece.plate);
      if (plate === undefined) throw new Error('the plate was not kept');
      const program = await sliceOurselves(plate, PRINTER);
      expectNear(piece.estimatedSeconds, program.estimatedSeconds);
      expectNear(piece.materialMg, program.filamentMg);
    }
  });
});

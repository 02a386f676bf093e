import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DesignSummary, Parameters } from '#contract/design.ts';
import { evaluateTask } from '../../server/geometry/evaluation/make-report.ts';
import { type Kernel, loadKernel, type Manifold } from '../../server/geometry/kernel/manifold-kernel.ts';
import { checkParameters } from '../../server/geometry/package/check-parameters.ts';
import { type ReadPackage, readPackage, summarise } from '../../server/geometry/package/read-package.ts';
import { takeReturnedSolids } from '../../server/geometry/parts/returned-shapes.ts';
import { readDefinitions, runMain } from '../../server/geometry/sandbox/run-script.ts';
import { readFolder } from '../support/read-folder.ts';
import { geometryHash } from './geometry-hash.ts';

const root = fileURLToPath(new URL('../../designs', import.meta.url));
const printer = fileURLToPath(new URL('./print-geometry-hash.ts', import.meta.url));
const names = readdirSync(root, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
const limits = { deadlineMs: 20_000, memoryMebibytes: 192 };
const nowMs = (): number => performance.now();

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

async function open(name: string): Promise<{ design: ReadPackage; summary: DesignSummary }> {
  const design = readPackage(readFolder(`${root}/${name}`));
  const described = await readDefinitions(
    { files: design.sources, entry: design.profile.entry },
    { kernel, limits, nowMs },
  );
  return { design, summary: summarise(design, described) };
}

/** The initial values, all smallest, all largest, and each preset: where designs usually break. */
function corners({ parameters, presets }: DesignSummary): Parameters[] {
  const extreme = (of: 'min' | 'max'): Parameters =>
    Object.fromEntries(
      parameters.map((one) => {
        if (one.kind === 'number') return [one.name, one[of] ?? one.initial];
        if (one.kind === 'choice')
          return [one.name, one.options.at(of === 'min' ? 0 : -1)?.value ?? one.initial];
        return [one.name, one.kind === 'checkbox' ? of === 'max' : one.initial];
      }),
    );
  return [{}, extreme('min'), extreme('max'), ...presets.map((preset) => preset.parameters)];
}

async function solidsOf(name: string, given: Parameters = {}): Promise<Map<string, Manifold>> {
  const { design, summary } = await open(name);
  const parameters = checkParameters(summary.parameters, given);
  const script = { files: design.sources, entry: design.profile.entry };
  const { described, store } = await runMain(script, parameters, { kernel, limits, nowMs });
  return new Map(takeReturnedSolids(described, store).map((solid) => [solid.name, solid.solid]));
}

function overlapMm3(solids: ReadonlyMap<string, Manifold>): number {
  const list = [...solids.values()];
  return list.reduce(
    (sum, one, index) =>
      sum + list.slice(index + 1).reduce((inner, other) => inner + one.intersect(other).volume(), 0),
    0,
  );
}

describe.each(names)('the design %s', (name) => {
  it('can be made at every corner of its parameters, with closed parts', { timeout: 120_000 }, async () => {
    const { design, summary } = await open(name);
    for (const given of corners(summary)) {
      const parameters = checkParameters(summary.parameters, given);
      const task = {
        key: design.version,
        sources: design.sources,
        profile: design.profile,
        parameters,
        engines: {},
        limits,
      };
      const { report } = await evaluateTask(task, kernel, nowMs);
      expect(report.parts.every(({ isManifold }) => isManifold)).toBe(true);
      expect(report.massG).toBeGreaterThan(0);
      const cutter = parameters.cutter;
      for (const piece of report.workPieces) {
        if (piece.process === 'print')
          expect(Math.max(...Object.values(piece.size))).toBeLessThanOrEqual(150);
        else if (typeof cutter === 'number') {
          // Every inside corner and every opening lets the maker's own cutter in.
          expect(piece.innerRadiusMm).toBeGreaterThanOrEqual(cutter / 2);
          expect(piece.narrowestOpeningMm).toBeGreaterThanOrEqual(cutter);
        }
      }
    }
  });

  it('has the same geometry in every run and in another process', { timeout: 60_000 }, async () => {
    const hash = (): Promise<string> => geometryHash(`${root}/${name}`);
    const elsewhere = execFileSync(process.execPath, ['--import', 'tsx', printer, `${root}/${name}`], {
      encoding: 'utf8',
    });
    expect(elsewhere.trim()).toBe(await hash());
    expect(await hash()).toBe(await hash());
  });

  it('has its parts at places where none stands in another', async () => {
    expect(overlapMm3(await solidsOf(name))).toBeLessThan(0.5);
  });
});

describe('the joints of the wall block', () => {
  it('have the play that the maker chose: more than that does not fit', async () => {
    const solids = await solidsOf('wall-block', { clearance: 0.4 });
    const rib = solids.get('rib:1');
    const others = new Map([...solids].filter(([name]) => name !== 'rib:1'));
    if (rib === undefined) throw new Error('no rib');
    const collision = (z: number): number =>
      [...others.values()].reduce((sum, other) => sum + rib.translate(0, 0, z).intersect(other).volume(), 0);
    expect(collision(0.19)).toBeLessThan(0.5);
    expect(collision(-0.19)).toBeLessThan(0.5);
    expect(collision(0.3)).toBeGreaterThan(100);
  });

  it('nest on two sheets', async () => {
    const { design, summary } = await open('wall-block');
    const task = {
      key: design.version,
      sources: design.sources,
      profile: design.profile,
      parameters: checkParameters(summary.parameters, {}),
      engines: {},
      limits,
    };
    expect((await evaluateTask(task, kernel, nowMs)).report.sheets).toBe(2);
  });
});

describe('the corner connector', () => {
  it('takes a stick of the stated width and holds one that is wider by twice the play', async () => {
    const connector = (
      await solidsOf('corner-connector', { stick: 20, clearance: 0.3, wall: 3, arm: 30, screws: false })
    ).get('connector');
    if (connector === undefined) throw new Error('no connector');
    const outer = 26.3;
    const stick = (width: number): number =>
      connector
        .intersect(
          kernel.Manifold.cube([width, width, 60], true).translate(outer / 2, outer / 2, outer + 30.01),
        )
        .volume();
    expect(stick(20)).toBeLessThan(0.01);
    expect(stick(20.6)).toBeGreaterThan(100);
  });
});

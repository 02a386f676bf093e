import { loadKernel } from '../../../server/geometry/kernel/manifold-kernel.ts';
import { type ReturnedSolid, takeReturnedSolids } from '../../../server/geometry/parts/returned-shapes.ts';
import { runMain } from '../../../server/geometry/sandbox/run-script.ts';

/** Short, so that a script which loops for ever does not hold up the tests. */
export const LIMITS = { deadlineMs: 3000, memoryMebibytes: 64 };

/** Runs a script of one file, or of several by path, and hands its solids over. */
export async function runDesign(
  source: string | Readonly<Record<string, string>>,
  parameters: Readonly<Record<string, unknown>> = {},
  limits = LIMITS,
): Promise<ReturnedSolid[]> {
  const files = new Map(Object.entries(typeof source === 'string' ? { 'design.js': source } : source));
  const kernel = await loadKernel();
  const surroundings = { kernel, limits, nowMs: () => performance.now() };
  const { described, store } = await runMain({ files, entry: 'design.js' }, parameters, surroundings);
  return takeReturnedSolids(described, store);
}

/** Surrounds the body of `main` with the usual names of JSCAD. */
export function script(body: string): string {
  return `const jscad = require('@jscad/modeling');
const { cuboid, cylinder, sphere, polyhedron, circle, rectangle } = jscad.primitives;
const { subtract, union, intersect, scission } = jscad.booleans;
const { translate, rotate, mirrorX } = jscad.transforms;
const { extrudeLinear, extrudeRotate } = jscad.extrusions;
const main = (p) => { ${body} };
module.exports = { main };`;
}

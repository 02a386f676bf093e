import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Parameters } from '#contract/design.ts';
import { createGeometry } from '../../server/geometry/evaluate-design.ts';
import { readFolder } from '../support/read-folder.ts';
import type { Figure } from './figures.ts';

const folder = fileURLToPath(new URL('../../designs/wall-block', import.meta.url));
const require = createRequire(import.meta.url);

/** The machine is shared: the best of several runs is what the program needs, the rest is the neighbours' work. */
const RUNS = 5;

interface Script {
  main(parameters: Parameters): unknown;
}

/** The same script text in plain Node, with the booleans of `@jscad/modeling` itself. */
function runInJscad(text: ReadonlyMap<string, string>, parameters: Parameters): unknown {
  const modules = new Map<string, { exports: unknown }>();
  const load = (path: string): unknown => {
    const known = modules.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} as unknown };
    modules.set(path, module);
    const requireFrom = (request: string): unknown =>
      request.startsWith('.') ? load(join(dirname(path), request)) : require(request);
    const run = new Function('exports', 'require', 'module', text.get(path) ?? '') as (
      ...args: unknown[]
    ) => void;
    run(module.exports, requireFrom, module);
    return module.exports;
  };
  return (load('source/design.js') as Script).main(parameters);
}

/**
 * Milliseconds from a changed parameter to the finished report with all files, against the milliseconds that JSCAD's own
 * booleans need for the shapes alone. The worker is warm, the parameters are new in every run.
 */
async function benchWallBlock(): Promise<{ oursMs: number; jscadMs: number; ratio: number }> {
  const files = readFolder(folder);
  const geometry = createGeometry({
    blobs: { put: async (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}` },
    cache: { get: async () => undefined, put: async () => undefined },
    workers: 1,
  });
  try {
    const design = await geometry.readPackage(files);
    const initial: Parameters = Object.fromEntries(
      design.summary.parameters.map(({ name, initial: value }) => [name, value]),
    );
    let [oursMs, jscadMs] = [Infinity, Infinity];
    for (let run = 0; run < RUNS; run += 1) {
      const parameters = { ...initial, height: 2000 + 10 * run };
      const startMs = performance.now();
      await geometry.evaluate({ design, parameters });
      const middleMs = performance.now();
      runInJscad(design.sources, parameters);
      oursMs = Math.min(oursMs, middleMs - startMs);
      jscadMs = Math.min(jscadMs, performance.now() - middleMs);
    }
    return { oursMs, jscadMs, ratio: jscadMs / oursMs };
  } finally {
    await geometry.close();
  }
}

/** The issue of speed as figures: ours is the whole way to the finished files, JSCAD's only the shapes. */
export async function wallBlockFigures(): Promise<Figure[]> {
  const { oursMs, jscadMs, ratio } = await benchWallBlock();
  const note = `best of ${RUNS} each in one process: ours with parts, nesting and files, JSCAD's the shapes alone`;
  return [
    { name: 'wall block regenerated, ours', value: oursMs, unit: 'ms', note },
    { name: 'wall block regenerated, JSCAD booleans', value: jscadMs, unit: 'ms', note },
    { name: 'wall block: JSCAD ÷ ours', value: ratio, unit: '×', bound: { at: 10, side: 'at least' }, note },
  ];
}

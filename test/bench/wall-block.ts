import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Parameters } from '#contract/design.ts';
import { evaluateTask } from '../../server/geometry/evaluation/make-report.ts';
import { loadKernel } from '../../server/geometry/kernel/manifold-kernel.ts';
import { checkParameters } from '../../server/geometry/package/check-parameters.ts';
import { readPackage, summarise } from '../../server/geometry/package/read-package.ts';
import { freeSolids, takeReturnedSolids } from '../../server/geometry/parts/returned-shapes.ts';
import { DEFAULT_LIMITS } from '../../server/geometry/sandbox/limits.ts';
import { readDefinitions, runMain } from '../../server/geometry/sandbox/run-script.ts';
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
 * The wall block after a change of its height, three ways in one process: script to solids in the sandbox with our
 * kernel, the same script in plain Node with JSCAD's own booleans, and our whole way to parts, sheets and files.
 */
export async function wallBlockFigures(): Promise<Figure[]> {
  const kernel = await loadKernel();
  const nowMs = () => performance.now();
  const surroundings = { kernel, limits: DEFAULT_LIMITS, nowMs };
  const read = readPackage(readFolder(folder));
  const script = { files: read.sources, entry: read.profile.entry };
  const { parameters: definitions } = summarise(read, await readDefinitions(script, surroundings));
  const best = { shapes: Infinity, jscad: Infinity, whole: Infinity };
  const time = async (what: keyof typeof best, act: () => unknown) => {
    const startMs = nowMs();
    await act();
    best[what] = Math.min(best[what], nowMs() - startMs);
  };
  for (let run = 0; run < RUNS; run += 1) {
    const parameters = checkParameters(definitions, { height: 2000 + 10 * run });
    await time('shapes', async () => {
      const { described, store } = await runMain(script, parameters, surroundings);
      freeSolids(takeReturnedSolids(described, store));
      store.clear();
    });
    await time('jscad', () => runInJscad(read.sources, parameters));
    const key = `sha256:${'0'.repeat(64)}`;
    const task = {
      key,
      sources: read.sources,
      profile: read.profile,
      parameters,
      engines: {},
      limits: DEFAULT_LIMITS,
    };
    await time('whole', () => evaluateTask(task, kernel, nowMs));
  }
  const note = `best of ${RUNS}, taken in turn in one process`;
  return [
    { name: "wall block, script to solids, JSCAD's booleans", value: best.jscad, unit: 'ms', note },
    { name: 'wall block, script to solids, ours (sandboxed)', value: best.shapes, unit: 'ms', note },
    {
      name: 'the same script: JSCAD ÷ ours',
      value: best.jscad / best.shapes,
      unit: '×',
      bound: { at: 10, side: 'at least' },
      note,
    },
    { name: 'wall block, ours with parts, sheets and all files', value: best.whole, unit: 'ms', note },
  ];
}

import { evaluateTask } from '../../server/geometry/evaluation/make-report.ts';
import { loadKernel } from '../../server/geometry/kernel/manifold-kernel.ts';
import { checkParameters } from '../../server/geometry/package/check-parameters.ts';
import { readPackage, summarise } from '../../server/geometry/package/read-package.ts';
import { readDefinitions } from '../../server/geometry/sandbox/run-script.ts';
import { readFolder } from '../support/read-folder.ts';

const limits = { deadlineMs: 20_000, memoryMebibytes: 192 };

/** The hash of the geometry of a design in a folder, with its initial parameters. */
export async function geometryHash(folder: string): Promise<string> {
  const kernel = await loadKernel();
  const nowMs = (): number => performance.now();
  const design = readPackage(readFolder(folder));
  const described = await readDefinitions(
    { files: design.sources, entry: design.profile.entry },
    { kernel, limits, nowMs },
  );
  const parameters = checkParameters(summarise(design, described).parameters, {});
  const { version: key, sources, profile } = design;
  const task = { key, sources, profile, parameters, engines: {}, limits };
  return (await evaluateTask(task, kernel, nowMs)).report.geometry;
}

import { resolve } from 'node:path';
import { filesOnTheWeb } from '../copies/log-files.ts';
import { mirrorLog } from '../copies/mirror.ts';
import { type Output, progressOf } from './progress.ts';

/** Copies the published log of a server into a folder that any web server can serve. */
export async function runMirror(
  { url, folder, verifierKey }: { url: string; folder: string; verifierKey: string | undefined },
  out: Output,
): Promise<void> {
  const progress = progressOf(out);
  const result = await mirrorLog({
    remote: filesOnTheWeb(`${url}/log`),
    where: url,
    folder: resolve(folder),
    verifierKey,
    show: progress.show,
  }).finally(progress.end);
  const { size, root, fetched, kept, mended } = result;
  const mending = mended === 0 ? '' : `, ${mended} of them in place of damaged ones`;
  out.write(
    `Mirrored: ${size} entries of ${url}, root ${root}; ${fetched} files fetched${mending}, ${kept} were there.\n`,
  );
}

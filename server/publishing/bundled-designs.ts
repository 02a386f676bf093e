import { AppError } from '../errors.ts';
import { designFolders, readPackageFolder } from './package-folder.ts';
import type { Publishing } from './publishing.ts';

/**
 * Publishes the designs that came with the program; what is published already is left as it is. A folder that is not
 * a complete design is named and left out: it must not keep the whole server from starting.
 */
export async function publishBundledDesigns(
  publishing: Publishing,
  bundle: { root: string; by: string; newId: () => string },
  say: (sentence: string) => void,
): Promise<void> {
  const { root, by, newId } = bundle;
  for (const folder of designFolders(root)) {
    try {
      const files = readPackageFolder(folder);
      await publishing.publishFiles({ id: newId(), files, by });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      say(`The design in ${folder} is not published: ${error.message}`);
    }
  }
}

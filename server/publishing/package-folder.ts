import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { DesignPackage } from '#contract/design.ts';
import { AppError } from '../errors.ts';
import type { PackageFiles } from '../geometry/package/package-files.ts';

/** Reads a package from a folder; hidden files and folders stay out. */
export function readPackageFolder(folder: string): PackageFiles {
  const files = new Map<string, Uint8Array>();
  const walk = (path: string) => {
    for (const name of readdirSync(path).sort()) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      const place = join(path, name);
      if (statSync(place).isDirectory()) walk(place);
      else files.set(relative(folder, place).split(sep).join('/'), new Uint8Array(readFileSync(place)));
    }
  };
  try {
    walk(folder);
  } catch (cause) {
    const words = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    throw new AppError(
      'bad-input',
      `${folder} cannot be read as a folder (${words}). Give the folder of a design.`,
      {
        cause,
      },
    );
  }
  if (!files.has('okh.toml'))
    throw new AppError('bad-input', `${folder} has no okh.toml, so it is not a design package.`, {
      code: 'package.no-manifest',
    });
  return files;
}

/** A package as it travels over HTTP. */
export function encodePackage(files: PackageFiles): DesignPackage {
  return {
    files: [...files].map(([path, bytes]) => ({ path, base64: Buffer.from(bytes).toString('base64') })),
  };
}

/** The folders beneath `root` that hold a design, by name. */
export function designFolders(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((item) => item.isDirectory() && !item.name.startsWith('.'))
    .map((item) => join(root, item.name))
    .filter((folder) => statSync(join(folder, 'okh.toml'), { throwIfNoEntry: false }) !== undefined)
    .sort();
}

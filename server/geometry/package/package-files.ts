import { createHash } from 'node:crypto';
import type { DesignPackage } from '#contract/design.ts';
import type { ContentHash } from '#contract/quantities.ts';
import { AppError } from '../../errors.ts';

/** Bytes of a package by path, `/` between names. */
export type PackageFiles = ReadonlyMap<string, Uint8Array>;

/** All files of a package together: enough for scripts, texts and a few pictures. */
const MAX_PACKAGE_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 200;

const UNSAFE_NAME = /^\.{1,2}$|^$|[\\:*?"<>|]/;

function refusePath(path: string): AppError {
  return new AppError(
    'bad-input',
    `The package contains the path "${path.slice(0, 100)}", which leads outside of it or cannot be stored. Use plain names and folders only.`,
    { code: 'package.unsafe-path', details: { path } },
  );
}

/** Refuses paths that leave the package or that a file system would read in another way. */
function checkPath(path: string): void {
  const isUnsafe = path.split('/').some((name) => UNSAFE_NAME.test(name)) || hasControlCharacter(path);
  if (isUnsafe || path.length > 200) throw refusePath(path);
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => (character.codePointAt(0) ?? 0) < 32);
}

/** Throws where a path is unsafe or the package too large. */
export function checkPackageFiles(files: PackageFiles): void {
  let bytes = 0;
  for (const [path, content] of files) {
    checkPath(path);
    bytes += content.byteLength;
  }
  if (files.size > MAX_FILES || bytes > MAX_PACKAGE_BYTES) {
    throw new AppError(
      'too-much',
      `The package has ${files.size} files and ${Math.ceil(bytes / 1024 / 1024)} MB; ${MAX_FILES} files and ${MAX_PACKAGE_BYTES / 1024 / 1024} MB are the most. Leave generated files out.`,
      { code: 'package.too-large', details: { files: files.size, bytes } },
    );
  }
}

/** The files of a package that came over HTTP. */
export function decodePackage(design: DesignPackage): PackageFiles {
  const files = new Map<string, Uint8Array>();
  for (const { path, base64 } of design.files) {
    if (files.has(path)) throw refusePath(path);
    files.set(path, new Uint8Array(Buffer.from(base64, 'base64')));
  }
  checkPackageFiles(files);
  return files;
}

/** `sha256:` and hex digits. */
export function hashBytes(bytes: Uint8Array | string): ContentHash {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The id of a version: SHA-256 over a line `hash path` for each file, sorted by the code units of the path. */
export function versionOf(files: PackageFiles): ContentHash {
  const lines = [...files.keys()]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((path) => `${hashBytes(files.get(path) ?? new Uint8Array())} ${path}\n`);
  return hashBytes(lines.join(''));
}

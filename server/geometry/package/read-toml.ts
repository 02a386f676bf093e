import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { PackageFiles } from './package-files.ts';

/** Text of a file of the package; throws a sentence that names the file where it is missing or not UTF-8. */
export function readText(files: PackageFiles, path: string): string {
  const bytes = files.get(path);
  if (bytes === undefined) {
    throw new AppError('bad-input', `The package has no ${path}. Add it beside the other files.`, {
      code: 'package.file-missing',
      details: { file: path },
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('bad-input', `${path} is not UTF-8 text. Save it as UTF-8.`, {
      code: 'package.not-text',
      details: { file: path },
    });
  }
}

function isAbsent(parsed: unknown, path: readonly PropertyKey[]): boolean {
  let at = parsed;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return false;
    at = Object.entries(at).find(([name]) => name === String(key))?.[1];
  }
  return at === undefined;
}

function describeIssue(file: string, parsed: unknown, issue: z.core.$ZodIssue): AppError {
  const field = issue.path.map(String).join('.') || 'the file';
  const isMissing = isAbsent(parsed, issue.path);
  const sentence = isMissing
    ? `${file} has no "${field}". Add this field.`
    : `${file}: "${field}" is not as it should be: ${issue.message}. Correct this field.`;
  return new AppError('bad-input', sentence, {
    code: isMissing ? 'package.field-missing' : 'package.field-invalid',
    details: { file, field },
  });
}

/** Reads a TOML file and checks it; the first fault becomes a sentence that names the field and the file. */
export function readToml<T>(files: PackageFiles, path: string, schema: z.ZodType<T>): T {
  let parsed: unknown;
  try {
    parsed = parse(readText(files, path));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new AppError(
      'bad-input',
      `${path} is not TOML: line ${error.line} cannot be read. Correct this line.`,
      { code: 'package.not-toml', details: { file: path, line: error.line } },
    );
  }
  const checked = schema.safeParse(parsed);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  if (issue === undefined) throw checked.error;
  throw describeIssue(path, parsed, issue);
}

import { DesignSummary, type ParameterDefinition } from '#contract/design.ts';
import type { ContentHash } from '#contract/quantities.ts';
import { AppError } from '../../errors.ts';
import { checkParameters } from './check-parameters.ts';
import { DesignProfile } from './design-profile.ts';
import { OkhManifest } from './okh-manifest.ts';
import { checkPackageFiles, type PackageFiles, versionOf } from './package-files.ts';
import { readParameterDefinitions } from './parameter-definitions.ts';
import { readText, readToml } from './read-toml.ts';

/** A package whose files were checked, before its script ran. */
export interface ReadPackage {
  readonly version: ContentHash;
  readonly manifest: OkhManifest;
  readonly profile: DesignProfile;
  /** Texts that the script may require, by path. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Checks paths, `okh.toml`, `design.toml`, README and sources. Throws AppErrors that name the field and the file. */
export function readPackage(files: PackageFiles): ReadPackage {
  checkPackageFiles(files);
  const manifest = readToml(files, 'okh.toml', OkhManifest);
  const profile = readToml(files, 'design.toml', DesignProfile);
  if (!/^https?:/.test(manifest.readme)) readText(files, manifest.readme);
  const sources = new Map<string, string>();
  for (const path of files.keys()) {
    if (/\.(c?js|json)$/.test(path)) sources.set(path, readText(files, path));
  }
  if (!sources.has(profile.entry)) {
    throw new AppError(
      'bad-input',
      `design.toml names the entry "${profile.entry}", but the package has no such file. Correct "entry" or add the file.`,
      { code: 'package.field-invalid', details: { file: 'design.toml', field: 'entry' } },
    );
  }
  return { version: versionOf(files), manifest, profile, sources };
}

function checkPreset(
  parameters: readonly ParameterDefinition[],
  preset: DesignProfile['presets'][number],
): void {
  try {
    checkParameters(parameters, preset.parameters);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(
      'bad-input',
      `design.toml: the preset "${preset.name}" cannot be used: ${error.message} Correct the preset.`,
      { code: 'package.field-invalid', details: { file: 'design.toml', field: 'presets' }, cause: error },
    );
  }
}

/** What the gallery shows, once the script told its parameters. Presets are checked against them. */
export function summarise({ manifest, profile }: ReadPackage, described: unknown): DesignSummary {
  const parameters = readParameterDefinitions(described, profile);
  for (const preset of profile.presets) checkPreset(parameters, preset);
  const summary = DesignSummary.safeParse({
    name: manifest.name,
    version: manifest.version,
    function: manifest.function,
    caption: profile.caption,
    description: profile.description,
    licence: manifest.license,
    licensor: manifest.licensor,
    processes: [...new Set(profile.parts.map(({ process }) => process))].sort(),
    contributors: profile.contributors,
    parameters,
    presets: profile.presets,
  });
  if (summary.success) return summary.data;
  const field = summary.error.issues[0]?.path.join('.') ?? '';
  throw new AppError('bad-input', `The package's "${field}" is too long or wrong. Shorten or correct it.`, {
    code: 'package.field-invalid',
    details: { field },
  });
}

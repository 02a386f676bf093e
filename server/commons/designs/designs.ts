import type { EntryData } from '#contract/entries.ts';
import type { RecordedEntry } from '../fact.ts';

export type DesignVersion = EntryData<'design.published'> & { publishedMs: number };

export interface Design {
  readonly design: string;
  /** Oldest first; never empty. */
  readonly versions: readonly [DesignVersion, ...DesignVersion[]];
  /** Finished orders of any version. */
  readonly made: number;
}

export type Designs = Map<string, Design>;

export function latestVersion(design: Design): DesignVersion {
  return design.versions.at(-1) ?? design.versions[0];
}

export function versionOf(designs: Designs, design: string, version: string): DesignVersion | undefined {
  return designs.get(design)?.versions.find((published) => published.version === version);
}

export function evolveDesigns(designs: Designs, { body, log }: RecordedEntry): void {
  if (body.type !== 'design.published') return;
  const published = { ...body.data, publishedMs: log.time };
  const { design } = published;
  const there = designs.get(design);
  if (there === undefined) designs.set(design, { design, versions: [published], made: 0 });
  else designs.set(design, { ...there, versions: [...there.versions, published] });
}

export function countMade(designs: Designs, design: string): void {
  const there = designs.get(design);
  if (there !== undefined) designs.set(design, { ...there, made: there.made + 1 });
}

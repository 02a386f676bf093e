import type { EntryData } from '#contract/entries.ts';
import type { RecordedEntry } from '../fact.ts';

export type DesignVersion = EntryData<'design.published'> & { publishedMs: number };

export interface Design {
  design: string;
  /** Oldest first; never empty. */
  versions: [DesignVersion, ...DesignVersion[]];
  /** Finished orders of any version. */
  made: number;
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
  const design = designs.get(body.data.design);
  if (design === undefined)
    designs.set(body.data.design, { design: body.data.design, versions: [published], made: 0 });
  else design.versions.push(published);
}

export function countMade(designs: Designs, design: string): void {
  const made = designs.get(design);
  if (made !== undefined) made.made += 1;
}

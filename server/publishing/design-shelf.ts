import { DesignSummary } from '#contract/design.ts';
import type { DesignVersion } from '../commons/designs/designs.ts';
import { latestVersion, versionOf } from '../commons/designs/designs.ts';
import type { CommonsState } from '../commons/state.ts';
import { AppError } from '../errors.ts';
import type { Design, Geometry } from '../geometry/evaluate-design.ts';

/** Versions kept ready: each costs one run of its script and some kilobytes of text. */
const READY_MAX = 50;

export interface BlobReader {
  get(hash: string): Promise<Uint8Array | undefined>;
}

/** Published designs, ready to be evaluated. */
export interface DesignShelf {
  /** The version that is meant: the newest where none is given. */
  published(design: string, version?: string): DesignVersion;
  ready(design: string, version?: string): Promise<{ published: DesignVersion; design: Design }>;
  summary(published: DesignVersion): Promise<DesignSummary>;
}

export function createDesignShelf(parts: {
  state: () => CommonsState;
  blobs: BlobReader;
  geometry: Geometry;
}): DesignShelf {
  const { state, blobs, geometry } = parts;
  const ready = new Map<string, Promise<Design>>();

  const read = async (published: DesignVersion): Promise<Design> => {
    const files = new Map<string, Uint8Array>();
    for (const { path, hash } of published.files) files.set(path, await stored(blobs, hash, path));
    return geometry.readPackage(files);
  };

  const published = (design: string, version?: string): DesignVersion => {
    const { designs } = state();
    const there = designs.get(design);
    if (there === undefined)
      throw new AppError('not-found', `There is no design "${design}". The gallery shows which there are.`, {
        code: 'design.unknown',
      });
    const found = version === undefined ? latestVersion(there) : versionOf(designs, design, version);
    if (found !== undefined) return found;
    throw new AppError('not-found', `The design "${design}" has no version ${version}.`, {
      code: 'design.version-unknown',
    });
  };

  return {
    published,
    async ready(design, version) {
      const meant = published(design, version);
      let reading = ready.get(meant.version);
      if (reading === undefined) {
        reading = read(meant);
        // What failed is tried again the next time.
        reading.catch(() => ready.delete(meant.version));
        ready.set(meant.version, reading);
        const [oldest] = ready.keys();
        if (ready.size > READY_MAX && oldest !== undefined) ready.delete(oldest);
      }
      return { published: meant, design: await reading };
    },
    async summary({ summary, design }) {
      const bytes = await stored(blobs, summary, `the summary of ${design}`);
      return DesignSummary.parse(JSON.parse(new TextDecoder().decode(bytes)));
    },
  };
}

async function stored(blobs: BlobReader, hash: string, what: string): Promise<Uint8Array> {
  const bytes = await blobs.get(hash);
  if (bytes !== undefined) return bytes;
  throw new AppError(
    'unavailable',
    `The file ${what} (${hash}) is missing from the data folder. Bring it back.`,
    {
      code: 'file.missing',
    },
  );
}

import type { DesignPackage } from '#contract/design.ts';
import { agentForName } from '../commons/agents/join-agent.ts';
import { versionOf } from '../commons/designs/designs.ts';
import { publishDesign } from '../commons/designs/publish-design.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import type { CommonsState } from '../commons/state.ts';
import type { Geometry } from '../geometry/evaluate-design.ts';
import { decodePackage, type PackageFiles } from '../geometry/package/package-files.ts';

export interface Published {
  design: string;
  version: string;
  number: number;
  isNew: boolean;
}

export interface Publishing {
  /** For packages of people: also evaluated once, since a version that cannot be made would stay in the ledger for ever. */
  publish(wish: { id: string; package: DesignPackage; by: string }): Promise<Published>;
  /** For packages that are known to work. */
  publishFiles(wish: { id: string; files: PackageFiles; by: string }): Promise<Published>;
}

/** Checks a package, keeps its files, and enters the version into the ledger. A version that is there already stays as it is. */
export function createPublishing(parts: {
  ledger: LedgerPort;
  blobs: { put(bytes: Uint8Array): Promise<string> };
  geometry: Geometry;
}): Publishing {
  const { ledger, blobs, geometry } = parts;

  const publishFiles: Publishing['publishFiles'] = async ({ id, files, by }) => {
    const { version, summary } = await geometry.readPackage(files);
    const design = slugOf(summary.name);
    const there = versionOf(ledger.state().designs, design, version);
    if (there !== undefined) return { design, version, number: there.number, isNew: false };
    // The entry names the files, so they are kept before it.
    const kept: { path: string; hash: string; bytes: number }[] = [];
    for (const [path, bytes] of files)
      kept.push({ path, hash: await blobs.put(bytes), bytes: bytes.byteLength });
    const summaryHash = await blobs.put(new TextEncoder().encode(JSON.stringify(summary)));
    kept.sort((a, b) => (a.path < b.path ? -1 : 1));
    const command = { id, design, version, summary, summaryHash, files: kept, by };
    await ledger.submit((state, context) => publishDesign(state, command, context));
    return { design, version, number: numberOf(ledger.state(), design, version), isNew: true };
  };

  return {
    publishFiles,
    async publish({ id, package: given, by }) {
      const files = decodePackage(given);
      const design = await geometry.readPackage(files);
      await geometry.evaluate({ design, parameters: {} });
      return publishFiles({ id, files, by });
    },
  };
}

function numberOf(state: CommonsState, design: string, version: string): number {
  const published = versionOf(state.designs, design, version);
  if (published === undefined) throw new Error('a committed version is in the state');
  return published.number;
}

/** The id of a design: the same letters as its name in `okh.toml`, as an address can hold them. */
function slugOf(name: string): string {
  return agentForName(name, () => undefined).agent;
}

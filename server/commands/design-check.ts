import { resolve } from 'node:path';
import { createGeometry } from '../geometry/evaluate-design.ts';
import { readPackageFolder } from '../publishing/package-folder.ts';
import { contentHash } from '../storage/blobs.ts';

/** Reads a design package and evaluates it once with its initial values; what is wrong comes as a sentence. */
export async function checkDesign(folder: string, say: (sentence: string) => void): Promise<void> {
  const files = readPackageFolder(resolve(folder));
  const kept = new Map<string, Uint8Array>();
  const geometry = createGeometry({
    blobs: { put: async (bytes) => contentHash(bytes) },
    cache: {
      get: async (key) => kept.get(key),
      put: async (key, bytes) => {
        kept.set(key, bytes);
      },
    },
    workers: 1,
  });
  try {
    const design = await geometry.readPackage(files);
    const report = await geometry.evaluate({ design, parameters: {} });
    const { xMm, yMm, zMm } = report.size;
    const mm = (value: number) => Math.round(value * 10) / 10;
    say(`${design.summary.name} ${design.summary.version} is complete: ${design.version}`);
    say(
      `  ${report.parts.length} kinds of parts, ${report.workPieces.length} runs of a machine, ${report.sheets} sheets`,
    );
    say(`  ${mm(xMm)} × ${mm(yMm)} × ${mm(zMm)} mm, ${mm(report.massG / 1_000)} kg`);
    for (const piece of report.workPieces)
      say(`  ${piece.process}: ${piece.title}, about ${Math.ceil(piece.estimatedSeconds / 60)} min`);
  } finally {
    await geometry.close();
  }
}

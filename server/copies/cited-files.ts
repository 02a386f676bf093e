import type { ContentHash } from '#contract/quantities.ts';
import type { Blobs } from '../storage/blobs.ts';
import { type ShowProgress, wordsOf } from './log-files.ts';

const CITATION = /sha256:[0-9a-f]{64}/g;

/** Files that entries and evaluations cite, wherever in them: nothing else is worth keeping. */
export class CitedFiles {
  readonly #hashes = new Set<ContentHash>();

  add(bytes: Uint8Array): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    for (const [hash] of text.matchAll(CITATION)) this.#hashes.add(hash);
  }

  get hashes(): readonly ContentHash[] {
    return [...this.#hashes];
  }
}

/**
 * Copies those of the files that are there: some citations are names of versions, and a lab may have kept its own files.
 * @returns how many were copied, and of those that are damaged a sentence each
 */
export async function copyFiles(
  hashes: readonly ContentHash[],
  from: Pick<Blobs, 'get'>,
  to: (hash: ContentHash, bytes: Uint8Array) => Promise<unknown>,
  show: ShowProgress,
): Promise<{ copied: number; damaged: string[] }> {
  let copied = 0;
  const damaged: string[] = [];
  for (const [at, hash] of hashes.entries()) {
    const bytes = await from.get(hash).catch((error: unknown) => {
      damaged.push(wordsOf(error));
      return undefined;
    });
    if (bytes !== undefined) {
      await to(hash, bytes);
      copied += 1;
    }
    show('files', at + 1, hashes.length);
  }
  return { copied, damaged };
}

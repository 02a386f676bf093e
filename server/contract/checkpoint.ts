import { fromBase64, toBase64 } from './bytes.ts';
import { HASH_BYTES } from './merkle.ts';

/** What a log commits to (C2SP tlog-checkpoint v1.0.0): so many entries, and the root over them. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** The text of the note, without signatures. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * Reads the text of a checkpoint's note. Extension lines are accepted and ignored, as the format asks.
 * @throws TypeError where the text is not a checkpoint.
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, decimal, base64] = text.split('\n');
  if (!text.endsWith('\n') || !origin || decimal === undefined || base64 === undefined)
    throw new TypeError('this is not a checkpoint');
  const size = Number(decimal);
  if (!/^(?:0|[1-9][0-9]*)$/.test(decimal) || !Number.isSafeInteger(size))
    throw new TypeError('the checkpoint does not say how many entries it covers');
  const root = fromBase64(base64);
  if (root.length !== HASH_BYTES) throw new TypeError('the root of the checkpoint is not 32 bytes long');
  return { origin, size, root };
}

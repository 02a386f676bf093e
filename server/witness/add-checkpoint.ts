import { fromBase64, toBase64 } from '#contract/bytes.ts';
import { HASH_BYTES } from '#contract/merkle.ts';

/** What a log asks a witness (C2SP tlog-witness v1.0.0): to cosign a checkpoint that continues one it has seen. */
export interface AddCheckpoint {
  /** Size of the newest checkpoint that the witness has cosigned, as far as the log knows; 0 for none. */
  readonly old: number;
  /** Consistency proof from there to the checkpoint; empty where `old` is 0. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint as it was published. */
  readonly note: string;
}

/** A witness tells the size that it knows in this type. */
export const SIZE_MIME = 'text/x.tlog.size';

/** More than a proof in a tree of 2^63 entries needs. */
const PROOF_LINES_MAX = 63;
export function formatAddCheckpoint({ old, proof, note }: AddCheckpoint): string {
  return `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`;
}

/**
 * Reads the body of a request; the note in it is not looked at.
 * @throws TypeError where the body has another form.
 */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const split = body.indexOf('\n\n');
  if (split < 0) throw new TypeError('the body has no empty line between proof and checkpoint');
  const [first = '', ...lines] = body.slice(0, split).split('\n');
  const old = parseSize(/^old (\S+)$/.exec(first)?.[1] ?? '');
  if (old === undefined) throw new TypeError('the body does not begin with "old" and a size');
  if (lines.length > PROOF_LINES_MAX) throw new TypeError(`a proof has at most ${PROOF_LINES_MAX} lines`);
  const proof = lines.map((line) => fromBase64(line));
  if (proof.some((hash) => hash.length !== HASH_BYTES)) throw new TypeError('a hash is not 32 bytes long');
  return { old, proof, note: body.slice(split + 2) };
}

/** A size in its one decimal spelling; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const size = Number(text);
  return /^(?:0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(size) ? size : undefined;
}

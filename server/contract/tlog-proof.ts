import { fromBase64, sameBytes, toBase64 } from './bytes.ts';
import { climb, HASH_BYTES, leafHash } from './merkle.ts';
import { isSatisfied, type PolicyFault, type PolicyVerdict, type SignatureTools } from './policy-verdict.ts';
import { NOTE_CHARS_MAX, parseNote } from './signed-note.ts';
import type { Policy } from './tlog-policy.ts';

/**
 * Receipts as C2SP tlog-proof v1 writes them: everything that shows an entry to be in a log, to be checked offline
 * against a policy. Kept in files that end in `.tlog-proof`.
 */

const HEADER = 'c2sp.org/tlog-proof@v1';
/** A tree of 2^53 leaves is 53 levels high. */
const HASHES_MAX = 53;
/** Extra data is small context, not a second document. */
const EXTRA_CHARS_MAX = 64 * 1024;
const PROOF_CHARS_MAX = NOTE_CHARS_MAX + EXTRA_CHARS_MAX + HASHES_MAX * 45 + 100;

export interface TlogProof {
  readonly index: number;
  /** The leaf's sibling first. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note of the checkpoint, word for word. */
  readonly checkpoint: string;
  /** Signed by nobody: never to be trusted without another reason. */
  readonly extra?: Uint8Array;
}

export function formatTlogProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  const lines = [
    HEADER,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(toBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** @throws TypeError where the text is not a proof; whether it proves anything is for `verifyTlogProof` to say. */
export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf('\n\n');
  if (text.length > PROOF_CHARS_MAX || split < 0) throw new TypeError('this is not a receipt of a log');
  const [header, ...lines] = text.slice(0, split).split('\n');
  if (header !== HEADER) throw new TypeError(`a receipt begins with ${HEADER}`);
  const extra = lines[0]?.startsWith('extra ') === true ? lines.shift()?.slice('extra '.length) : undefined;
  const decimal = /^index (0|[1-9][0-9]*)$/.exec(lines.shift() ?? '')?.[1];
  const index = Number(decimal);
  if (decimal === undefined || !Number.isSafeInteger(index))
    throw new TypeError('the receipt does not say which entry it is for');
  if (lines.length > HASHES_MAX) throw new TypeError('the receipt has more hashes than any log is high');
  const hashes = lines.map((line) => fromBase64(line));
  if (hashes.some((hash) => hash.length !== HASH_BYTES))
    throw new TypeError('a hash of the receipt is not 32 bytes long');
  const checkpoint = text.slice(split + 2);
  parseNote(checkpoint);
  return { index, hashes, checkpoint, ...(extra === undefined ? {} : { extra: fromBase64(extra) }) };
}

export type TlogProofVerdict =
  | (PolicyVerdict & { readonly ok: true; readonly index: number })
  | {
      readonly ok: false;
      readonly fault: PolicyFault | 'wrong-root';
      readonly reason: string;
    };

/**
 * Checks a receipt offline: the entry leads to the root of a checkpoint that the policy accepts.
 * @param entry the leaf's bytes, as they stand in the log
 */
export function verifyTlogProof(
  text: string,
  entry: Uint8Array,
  policy: Policy,
  tools: SignatureTools,
): TlogProofVerdict {
  let proof: TlogProof;
  try {
    proof = parseTlogProof(text);
  } catch (error) {
    return { ok: false, fault: 'malformed', reason: error instanceof Error ? error.message : String(error) };
  }
  const signed = isSatisfied(policy, proof.checkpoint, tools);
  if (!signed.ok) return signed;
  const { sha256 } = tools;
  const leaf = { hash: leafHash(sha256, entry), index: proof.index };
  const ladder = climb(sha256, leaf, signed.checkpoint.size, proof.hashes);
  if (!ladder.ok) return { ok: false, fault: 'wrong-root', reason: ladder.reason };
  if (!sameBytes(ladder.root, signed.checkpoint.root))
    return { ok: false, fault: 'wrong-root', reason: 'the hashes do not lead to the signed root' };
  return { ...signed, index: proof.index };
}

import { fromUtf8 } from '#contract/bytes.ts';
import { type Checkpoint, parseCheckpoint } from '#contract/checkpoint.ts';
import { cosignatureState } from '#contract/cosignature.ts';
import { formatSignatureLine, parseNote, parseSignatureLines } from '#contract/signed-note.ts';
import type { PolicyWitness } from '#contract/tlog-policy.ts';
import { sha256, verifyEd25519 } from '../ledger/node-crypto.ts';
import { formatAddCheckpoint, parseSize, SIZE_MIME } from './add-checkpoint.ts';

/** A witness that takes longer is asked again later: the log does not wait for it. */
const ANSWER_PATIENCE_MS = 5_000;
/** Signature lines and sizes are short; a hostile witness cannot fill the memory. */
const ANSWER_CHARS_MAX = 64 * 1024;
/** The witness knows a newer size than was thought; more than twice in a row it plays games, or the log runs away from it. */
const SIZE_TRIES = 3;

/** A witness with an address to ask. */
export type AskableWitness = PolicyWitness & { readonly url: string };

export type WitnessWord =
  /** It cosigned: the line, ready to stand under the checkpoint. */
  | { readonly kind: 'cosigned'; readonly line: string }
  /** It has cosigned a larger tree of this log. */
  | { readonly kind: 'larger'; readonly size: number }
  /** It has cosigned a tree that this one does not continue. */
  | { readonly kind: 'other'; readonly size: number }
  /** It does not answer, does not know the log, or says nothing that can be used. */
  | { readonly kind: 'silent'; readonly why: string };

export interface Asking {
  readonly fetch: typeof fetch;
  /** PROOF(from, to) of the log. */
  readonly proof: (from: number, to: number) => Promise<readonly Uint8Array[]>;
}

/**
 * Asks a witness for its cosignature on a checkpoint.
 * @param known size of what it cosigned last, as far as is known; it says so itself where that is wrong
 */
export async function askWitness(
  { fetch, proof }: Asking,
  witness: AskableWitness,
  note: string,
  known: number,
): Promise<WitnessWord> {
  try {
    const { size } = checkpointOf(note);
    let old = Math.min(known, size);
    for (let attempt = 0; attempt < SIZE_TRIES; attempt += 1) {
      const hashes = old === 0 || old === size ? [] : await proof(old, size);
      const answer = await post(fetch, witness, formatAddCheckpoint({ old, proof: hashes, note }));
      switch (answer.status) {
        case 200:
          return cosigned(witness, note, answer.text);
        case 409: {
          const said = answer.type === SIZE_MIME ? parseSize(answer.text.replace(/\n$/, '')) : undefined;
          // Other witnesses say so of another root of the same size.
          if (said === undefined) return { kind: 'other', size: old };
          if (said > size) return { kind: 'larger', size: said };
          old = said;
          break;
        }
        case 422:
          return { kind: 'other', size: old };
        default:
          return { kind: 'silent', why: `it answered ${answer.status} ${answer.text.trim().slice(0, 200)}` };
      }
    }
    return { kind: 'silent', why: 'it names another size each time' };
  } catch (error) {
    return { kind: 'silent', why: error instanceof Error ? error.message : String(error) };
  }
}

async function post(ask: typeof fetch, { url }: AskableWitness, body: string) {
  const reply = await ask(`${url.replace(/\/+$/, '')}/add-checkpoint`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body,
    // A witness that sends us elsewhere is not the one that the policy names.
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_PATIENCE_MS),
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of reply.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > ANSWER_CHARS_MAX) throw new RangeError('its answer is too long');
  }
  return { status: reply.status, type: reply.headers.get('content-type'), text };
}

/** Lines of other keys, and of newer kinds of signatures, are left out. */
function cosigned({ key }: AskableWitness, note: string, answer: string): WitnessWord {
  const { text } = parseNote(note);
  const line = parseSignatureLines(answer).find(
    (signature) =>
      cosignatureState(sha256, verifyEd25519, { text, signatures: [signature] }, key).kind === 'good',
  );
  return line === undefined
    ? { kind: 'silent', why: 'its cosignature does not verify' }
    : { kind: 'cosigned', line: formatSignatureLine(line) };
}

export function checkpointOf(note: string): Checkpoint {
  return parseCheckpoint(parseNote(note).text);
}

/**
 * The newest checkpoint that a witness shows of a log; undefined where it shows none. Its signatures are not checked here.
 * @throws Error where it does not answer.
 */
export async function shownByWitness(
  ask: typeof fetch,
  { url }: AskableWitness,
  originHash: string,
): Promise<string | undefined> {
  const reply = await ask(`${url.replace(/\/+$/, '')}/${originHash}/checkpoint`, {
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_PATIENCE_MS),
  });
  if (!reply.ok) return undefined;
  return fromUtf8(new Uint8Array(await reply.arrayBuffer()));
}

import { fromUtf8, sameBytes } from '#contract/bytes.ts';
import { type Checkpoint, parseCheckpoint } from '#contract/checkpoint.ts';
import { formatCosignature } from '#contract/cosignature.ts';
import { verifyConsistency } from '#contract/merkle.ts';
import {
  addSignatureLines,
  formatVerifierKey,
  isSignedBy,
  type Note,
  type NoteKey,
  parseNote,
  SIGNATURE_TYPE,
} from '#contract/signed-note.ts';
import type { SigningKey } from '../ledger/log-keys.ts';
import { sha256, verifyEd25519 } from '../ledger/node-crypto.ts';
import type { Storage } from '../storage/storage.ts';
import { type AddCheckpoint, parseAddCheckpoint, SIZE_MIME } from './add-checkpoint.ts';
import { type SeenCheckpoint, SeenCheckpoints } from './seen-checkpoints.ts';

/** An answer of the witness protocol: plain text whatever the status. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: string;
  readonly text: string;
}

export interface Witness {
  /** As policies name it, with type 0x04. */
  readonly verifierKey: string;
  /** Judges and, where nothing speaks against it, remembers and cosigns a checkpoint. */
  addCheckpoint(body: Uint8Array): Promise<WitnessAnswer>;
  /** The newest cosigned checkpoint of a log by the SHA-256 of its origin in hexadecimal; undefined where there is none. */
  checkpoint(originHash: string): Promise<string | undefined>;
}

export interface WitnessParts {
  /** Several processes with the same key may share one. */
  readonly storage: Storage;
  /** A URL without scheme; not the name of the log that the same server keeps. */
  readonly name: string;
  readonly key: SigningKey;
  /** The logs that it witnesses; the name of each key is the log's origin. */
  readonly logs: readonly NoteKey[];
  readonly nowMs: () => number;
}

/** Another process may win the race for the next number so often before the client is asked to come again. */
const TRIES = 4;

interface Request extends AddCheckpoint {
  readonly parsed: Note;
  readonly checkpoint: Checkpoint;
}

/**
 * A witness after C2SP tlog-witness v1.0.0. It signs no two checkpoints of a log that do not follow from each other, and
 * what it has signed is on the disk before anybody sees it. The checks are in the order of the specification.
 */
export function createWitness({ storage, name, key, logs, nowMs }: WitnessParts): Witness {
  const seen = new SeenCheckpoints(storage);
  const self: NoteKey = { name, publicKey: key.publicKey };
  const cosign = (text: string) =>
    formatCosignature(sha256, text, self, Math.floor(nowMs() / 1_000), (message) => key.sign(message));

  async function judge(request: Request): Promise<WitnessAnswer> {
    const { checkpoint, parsed, note } = request;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const before = await seen.newest(checkpoint.origin);
      const objection = objectionTo(request, before);
      if (objection !== undefined) return objection;
      const line = cosign(parsed.text);
      // The same tree again changes nothing that has to be remembered.
      const isSame = before !== undefined && before.size === checkpoint.size;
      if (isSame || (await seen.follow(checkpoint.origin, before, addSignatureLines(note, [line]))))
        return { status: 200, contentType: 'text/plain; charset=utf-8', text: line };
    }
    const newest = await seen.newest(checkpoint.origin);
    return sizeConflict(newest?.size ?? 0);
  }

  return {
    verifierKey: formatVerifierKey(sha256, self, SIGNATURE_TYPE.cosignature),
    checkpoint: async (originHash) => (await seen.newestOf(originHash))?.note,
    async addCheckpoint(body) {
      let request: Request;
      try {
        request = readRequest(body);
      } catch (error) {
        return refusal(400, error instanceof Error ? error.message : 'the request cannot be read');
      }
      const { parsed, checkpoint } = request;
      const keys = logs.filter((log) => log.name === checkpoint.origin);
      if (keys.length === 0) return refusal(404, `this witness does not know ${checkpoint.origin}`);
      if (!keys.some((log) => isSignedBy(sha256, verifyEd25519, parsed, log)))
        return refusal(403, `the checkpoint is not signed by a key of ${checkpoint.origin}`);
      if (request.old > checkpoint.size)
        return refusal(400, 'the old size is greater than that of the checkpoint');
      return judge(request);
    },
  };
}

function readRequest(body: Uint8Array): Request {
  const request = parseAddCheckpoint(fromUtf8(body));
  const parsed = parseNote(request.note);
  return { ...request, parsed, checkpoint: parseCheckpoint(parsed.text) };
}

/** Why a checkpoint does not follow from the newest that was cosigned; undefined where it does. */
function objectionTo(
  { old, proof, checkpoint }: Request,
  before: SeenCheckpoint | undefined,
): WitnessAnswer | undefined {
  const { size, root } = checkpoint;
  if (old !== (before?.size ?? 0)) return sizeConflict(before?.size ?? 0);
  if (size === 0 && !sameBytes(root, sha256(new Uint8Array())))
    return refusal(422, 'the root of an empty log is the hash of nothing');
  // From nothing everything follows, and there is nothing to prove.
  if (old === 0)
    return proof.length === 0 ? undefined : refusal(422, 'from an old size of 0 there is no proof');
  const claim = { older: old, newer: size, olderRoot: before?.root ?? root, newerRoot: root, proof };
  if (verifyConsistency(sha256, claim)) return undefined;
  return refusal(
    422,
    size === old
      ? 'another root of the same size was cosigned'
      : 'the proof does not lead from the cosigned tree to this one',
  );
}

function sizeConflict(size: number): WitnessAnswer {
  return { status: 409, contentType: SIZE_MIME, text: `${size}\n` };
}

function refusal(status: 400 | 403 | 404 | 422, words: string): WitnessAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', text: `${words}\n` };
}

import type { Sha256 } from './bytes.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { type CosignatureState, cosignatureState } from './cosignature.ts';
import type { VerifyEd25519 } from './ed25519.ts';
import { type Note, parseNote, signatureState } from './signed-note.ts';
import { missingForQuorum, type Policy, type PolicyLog } from './tlog-policy.ts';

/** Why a checkpoint is not one that the policy accepts. */
export type PolicyFault =
  /** It cannot be read as a checkpoint. */
  | 'malformed'
  /** No log of the policy has this name. */
  | 'wrong-log'
  /** A line claims a known key and does not verify, or the log did not sign. */
  | 'bad-signature'
  /** Signed by the log, but too few witnesses have cosigned. */
  | 'no-quorum';

export type PolicyVerdict =
  | {
      readonly ok: true;
      readonly checkpoint: Checkpoint;
      readonly log: PolicyLog;
      /** Names in the policy of those who cosigned, and when, in seconds since 1970. */
      readonly witnesses: readonly { readonly name: string; readonly timeSeconds: number }[];
    }
  | { readonly ok: false; readonly fault: PolicyFault; readonly reason: string };

export interface SignatureTools {
  readonly sha256: Sha256;
  readonly verify: VerifyEd25519;
}

/** Judges a checkpoint by a policy: signed by one of its logs, and cosigned by a quorum of its witnesses. */
export function isSatisfied(policy: Policy, note: Note | string, tools: SignatureTools): PolicyVerdict {
  try {
    return judge(policy, typeof note === 'string' ? parseNote(note) : note, tools);
  } catch (error) {
    return refuse('malformed', error instanceof Error ? error.message : 'the checkpoint cannot be read');
  }
}

function judge(policy: Policy, note: Note, { sha256, verify }: SignatureTools): PolicyVerdict {
  const checkpoint = parseCheckpoint(note.text);
  const named = policy.logs.filter(({ key }) => key.name === checkpoint.origin);
  if (named.length === 0)
    return refuse(
      'wrong-log',
      `the checkpoint is of ${checkpoint.origin}, a log that the policy does not name`,
    );
  const states = named.map(({ key }) => signatureState(sha256, verify, note, key));
  const log = named[states.indexOf('good')];
  if (log === undefined || states.includes('bad'))
    return refuse('bad-signature', `the checkpoint is not signed by ${checkpoint.origin}`);
  const cosigned: { name: string; timeSeconds: number }[] = [];
  for (const { name, key } of policy.witnesses) {
    const state: CosignatureState = cosignatureState(sha256, verify, note, key);
    if (state.kind === 'bad') return refuse('bad-signature', `the cosignature of ${name} is not its own`);
    if (state.kind === 'good') cosigned.push({ name, timeSeconds: state.timeSeconds });
  }
  const missing = missingForQuorum(policy, new Set(cosigned.map(({ name }) => name)));
  if (missing !== undefined)
    return refuse('no-quorum', `too few witnesses have cosigned the checkpoint: it lacks ${missing}`);
  return { ok: true, checkpoint, log, witnesses: cosigned };
}

function refuse(fault: PolicyFault, reason: string): PolicyVerdict {
  return { ok: false, fault, reason };
}

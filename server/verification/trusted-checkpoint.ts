import { fromUtf8, sameBytes } from '#contract/bytes.ts';
import { type Checkpoint, parseCheckpoint } from '#contract/checkpoint.ts';
import { isSatisfied, type PolicyFault, type PolicyVerdict } from '#contract/policy-verdict.ts';
import { isSignedBy, type NoteKey, parseNote } from '#contract/signed-note.ts';
import { type Policy, parsePolicy } from '#contract/tlog-policy.ts';
import type { LogFiles } from './log-files.ts';
import { olderRoot } from './tile-path.ts';
import type { BlockHasher } from './tile-tree.ts';
import type { VerifierTools } from './tools.ts';
import { type FaultClass, LogFault } from './verdict.ts';

/** A checkpoint that the policy accepts. */
export interface TrustedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: string;
  readonly key: NoteKey;
  readonly trust: 'given' | 'own';
  readonly witnesses: (PolicyVerdict & { readonly ok: true })['witnesses'];
}

const FAULTS: Record<PolicyFault, FaultClass> = {
  malformed: 'bad-checkpoint',
  'wrong-log': 'wrong-log',
  'bad-signature': 'bad-signature',
  'no-quorum': 'no-quorum',
};

/** Reads the newest checkpoint and judges it by the policy: the given one, or else the log's own, perhaps for a given key. */
export async function readTrustedCheckpoint(
  files: LogFiles,
  tools: VerifierTools,
  given: Policy | undefined,
  givenKey: NoteKey | undefined,
): Promise<TrustedCheckpoint> {
  const policy = given ?? (await ownPolicy(files, tools, givenKey));
  const bytes = await files.text('checkpoint');
  let note: string;
  try {
    note = fromUtf8(bytes);
  } catch (cause) {
    throw new LogFault('bad-checkpoint', 'the checkpoint is no text', { cause });
  }
  const verdict = isSatisfied(policy, note, tools);
  if (!verdict.ok) throw new LogFault(FAULTS[verdict.fault], verdict.reason);
  const { checkpoint, log, witnesses } = verdict;
  const trust = given === undefined && givenKey === undefined ? 'own' : 'given';
  return { checkpoint, note, key: log.key, witnesses, trust };
}

async function ownPolicy(
  files: LogFiles,
  { sha256 }: VerifierTools,
  givenKey: NoteKey | undefined,
): Promise<Policy> {
  const bytes = await files.text('policy');
  try {
    const policy = parsePolicy(sha256, fromUtf8(bytes));
    return givenKey === undefined ? policy : { ...policy, logs: [{ key: givenKey }] };
  } catch (cause) {
    throw new LogFault('bad-policy', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * Reads a checkpoint that was kept from an earlier time.
 * @throws LogFault `wrong-log` or `bad-signature` where it is not one of this log: then it proves nothing against it.
 */
export function readKeptCheckpoint(
  note: string,
  { key }: TrustedCheckpoint,
  tools: VerifierTools,
): Checkpoint {
  let kept: Checkpoint;
  let isOwn: boolean;
  try {
    const parsed = parseNote(note);
    kept = parseCheckpoint(parsed.text);
    isOwn = isSignedBy(tools.sha256, tools.verify, parsed, key);
  } catch (cause) {
    throw new LogFault('bad-checkpoint', 'the kept checkpoint cannot be read', { cause });
  }
  if (kept.origin !== key.name) throw new LogFault('wrong-log', `the kept checkpoint is of ${kept.origin}`);
  if (!isOwn) throw new LogFault('bad-signature', `the kept checkpoint is not signed by ${key.name}`);
  return kept;
}

/** A checkpoint that the log must have grown from, and its signed note. */
export interface KeptCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: string;
}

/**
 * Two checkpoints of the same size must be the same, and a smaller one than before is never right. A larger one is looked
 * through by its hash tiles, a few small files, so that a fork is named before any entry of it is read; where they are not
 * those of the signed root, the entries have to tell.
 */
export async function requireGrown(
  files: LogFiles,
  blocks: BlockHasher,
  trusted: TrustedCheckpoint,
  kept: KeptCheckpoint,
): Promise<void> {
  const { checkpoint, note } = trusted;
  const { size, root } = checkpoint;
  const evidence = { older: kept.note, newer: note };
  if (size > kept.checkpoint.size) {
    const rootThen = await olderRoot(files, blocks, checkpoint, kept.checkpoint.size);
    if (rootThen !== undefined && !sameBytes(rootThen, kept.checkpoint.root)) throw forkFrom(kept, trusted);
    return;
  }
  if (size === kept.checkpoint.size) {
    if (sameBytes(root, kept.checkpoint.root)) return;
    throw new LogFault('fork', `the log signed two different histories of ${size} entries`, { evidence });
  }
  const behind = `the log shows ${size} entries, and has shown ${kept.checkpoint.size} before`;
  const rootNow = await olderRoot(files, blocks, kept.checkpoint, size);
  if (rootNow === undefined) throw new LogFault('rollback', `${behind}, which are gone`, { evidence });
  if (!sameBytes(rootNow, root)) throw new LogFault('fork', `${behind}, of another history`, { evidence });
  throw new LogFault('stale', `${behind}: this is an old checkpoint`, { evidence });
}

export function forkFrom(kept: KeptCheckpoint, { note }: TrustedCheckpoint): LogFault {
  return new LogFault(
    'fork',
    `the log has not grown from the ${kept.checkpoint.size} entries it once signed`,
    { evidence: { older: kept.note, newer: note } },
  );
}

/** @throws LogFault `stale` where no witness has seen the checkpoint lately: without one, nobody can tell. */
export function requireFresh(
  { witnesses }: TrustedCheckpoint,
  { nowMs, ageMaxMs }: { readonly nowMs: number; readonly ageMaxMs: number },
): void {
  const newestMs = Math.max(
    Number.NEGATIVE_INFINITY,
    ...witnesses.map(({ timeSeconds }) => timeSeconds * 1000),
  );
  if (nowMs - newestMs > ageMaxMs)
    throw new LogFault('stale', 'no witness has cosigned the checkpoint lately');
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { toBase64 } from '#contract/bytes.ts';
import { parseVerifierKey } from '#contract/signed-note.ts';
import { type Policy, parsePolicy, policyOfLog } from '#contract/tlog-policy.ts';
import { type AuditSummary, createAudit } from '../commons/audit/audit.ts';
import { AppError } from '../errors.ts';
import type { VerifyProgress } from '../verification/tools.ts';
import type { LogVerdict } from '../verification/verdict.ts';
import { verifyLog } from '../verification/verify-log.ts';
import { logSource } from './log-source.ts';
import { type Output, progressOf } from './progress.ts';
import { nodeVerifierTools } from './verifier-tools.ts';

export interface VerifyWish {
  /** Web address of a server, or a folder with the files of a log. */
  place: string;
  /** The log's verifier key, where it is known from elsewhere. */
  verifierKey?: string | undefined;
  /** File with a policy; names the key and the witnesses. */
  policyFile?: string | undefined;
  /** File with a checkpoint that was kept from an earlier time. */
  sinceFile?: string | undefined;
  withSignatures?: boolean;
  asJson?: boolean;
}

type Verified = LogVerdict & { verified: true };

interface Finding {
  readonly verdict: LogVerdict;
  /** What the entries came to, as far as they were read. */
  readonly audit: AuditSummary;
}

/**
 * Reads the whole log of a server over HTTP and checks every entry, as any stranger could.
 * Rejects with a sentence that says where it is not what was signed.
 */
export async function verifyFromOutside(
  place: string,
  verifierKey: string | undefined,
): Promise<{ size: number; root: string }> {
  const { verdict } = await find({ place, verifierKey });
  const { checkpoint } = requireVerified(place, verdict);
  return { size: checkpoint.size, root: toBase64(checkpoint.root) };
}

/** `commonwright verify`: says what was found in a sentence, or as one JSON object. */
export async function runVerify(wish: VerifyWish, out: Output): Promise<void> {
  const progress = progressOf(wish.asJson === true ? { write: () => undefined } : out);
  let found: Finding;
  try {
    found = await find(wish, ({ phase, done, total }) => progress.show(phase, done, total));
  } finally {
    progress.end();
  }
  const kept = keepEvidence(wish, found.verdict);
  if (wish.asJson === true) out.write(`${JSON.stringify(asJson(found))}\n`);
  const verified = requireVerified(wish.place, found.verdict, kept);
  if (wish.asJson !== true) out.write(`${sentenceOf(wish, verified)}\n`);
}

async function find(wish: VerifyWish, onProgress?: (progress: VerifyProgress) => void): Promise<Finding> {
  const audit = createAudit();
  const verdict = await verifyLog({
    fetchFile: logSource(wish.place),
    tools: nodeVerifierTools,
    policy: policyOf(wish),
    since: wish.sinceFile === undefined ? undefined : readText(wish.sinceFile),
    withSignatures: wish.withSignatures,
    judge: (entry) => audit.judge(entry),
    onProgress,
  });
  return { verdict, audit: audit.summary() };
}

function policyOf({ verifierKey, policyFile }: VerifyWish): Policy | undefined {
  const { sha256 } = nodeVerifierTools;
  try {
    if (policyFile !== undefined) return parsePolicy(sha256, readText(policyFile));
    return verifierKey === undefined ? undefined : policyOfLog(parseVerifierKey(sha256, verifierKey));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('bad-input', `The ${policyFile ?? 'key'} cannot be used: ${words}.`, { cause });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AppError('bad-input', `${file} cannot be read. Check the name.`, { cause });
  }
}

/** Two signed checkpoints that contradict each other are written down: the log may never show one of them again. */
function keepEvidence({ sinceFile }: VerifyWish, verdict: LogVerdict): string | undefined {
  if (verdict.verified || verdict.evidence === undefined || sinceFile === undefined) return undefined;
  const file = `${resolve(sinceFile)}.${verdict.fault}`;
  if (!existsSync(file)) writeFileSync(file, `${verdict.evidence.older}\n${verdict.evidence.newer}`);
  return file;
}

function requireVerified(place: string, verdict: LogVerdict, kept?: string): Verified {
  if (verdict.verified) return verdict;
  const { fault, index, reason } = verdict;
  if (fault === 'unreachable')
    throw new AppError('unavailable', `The ledger of ${place} cannot be verified: ${reason}.`, {
      code: 'ledger.unreachable',
    });
  const where = index === undefined ? '' : ` at entry ${index}`;
  const evidence = kept === undefined ? '' : ` Both checkpoints are kept in ${kept}.`;
  throw new AppError(
    'conflict',
    `The ledger of ${place} does not verify (${fault})${where}: ${reason}.${evidence}`,
    { code: 'ledger.not-verified', details: { fault, index } },
  );
}

function sentenceOf(wish: VerifyWish, { checkpoint, trust, witnesses, signatures }: Verified): string {
  const against = trust === 'own' ? 'against the key that the log itself names' : 'against the given key';
  const cosigned =
    witnesses.length === 0 ? '' : `, cosigned by ${witnesses.map(({ name }) => name).join(', ')}`;
  const signed = wish.withSignatures === false ? 'signatures not checked' : `${signatures} signatures`;
  return `Verified: ${checkpoint.size} entries of ${wish.place}, ${signed}, root ${toBase64(checkpoint.root)}, ${against}${cosigned}.`;
}

function asJson({ verdict, audit }: Finding): object {
  if (!verdict.verified) return verdict;
  const { checkpoint, note, key, ...rest } = verdict;
  return { ...rest, key: key.name, ...checkpoint, root: toBase64(checkpoint.root), checkpoint: note, audit };
}

import { parseVerifierKey } from '#contract/signed-note.ts';
import { policyOfLog } from '#contract/tlog-policy.ts';
import { nodeVerifierTools } from '../../server/commands/verifier-tools.ts';
import type { FetchFile } from '../../server/verification/tools.ts';
import type { LogVerdict } from '../../server/verification/verdict.ts';
import { verifyLog as verify } from '../../server/verification/verify-log.ts';

/** Verifies a log by its files, against a key or against the one that it names itself. */
export async function verifyLog(
  fetchFile: FetchFile,
  verifierKey?: string,
): Promise<LogVerdict & { size?: number }> {
  const tools = nodeVerifierTools;
  const policy =
    verifierKey === undefined ? undefined : policyOfLog(parseVerifierKey(tools.sha256, verifierKey));
  const verdict = await verify({ fetchFile, tools, policy });
  return verdict.verified ? { ...verdict, size: verdict.checkpoint.size } : verdict;
}

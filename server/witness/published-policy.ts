import type { NoteKey } from '#contract/signed-note.ts';
import { formatPolicy, type Policy, policyOfLog } from '#contract/tlog-policy.ts';
import { sha256 } from '../ledger/node-crypto.ts';

/**
 * What a log tells the world to trust: its own key, and the witnesses and the quorum that it was given.
 * @param watchers the policy behind WITNESSES; its own `log` lines are of no account
 */
export function publishedPolicy(log: NoteKey, watchers: Policy | undefined): string {
  return formatPolicy(sha256, {
    ...policyOfLog(log),
    ...(watchers && { ...watchers, logs: [{ key: log }] }),
  });
}

import { formatVerifierKey } from '#contract/signed-note.ts';
import { parsePolicy } from '#contract/tlog-policy.ts';
import { AppError } from '../errors.ts';
import { sha256 } from '../ledger/node-crypto.ts';
import { wordsOf } from './log-files.ts';

/**
 * The verifier key of the log that a policy trusts.
 * @param where whose policy it is, for the sentence that says no
 * @throws AppError `log.policy` where it cannot be read or names no log.
 */
export function logKeyOfPolicy(text: string, where: string): string {
  try {
    const [log] = parsePolicy(sha256, text).logs;
    if (log === undefined) throw new Error('it names no log');
    return formatVerifierKey(sha256, log.key);
  } catch (cause) {
    throw new AppError('conflict', `The policy of ${where} cannot be used: ${wordsOf(cause)}.`, {
      code: 'log.policy',
      cause,
    });
  }
}

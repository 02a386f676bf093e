import { describe, expect, it } from 'vitest';
import { formatVerifierKey, SIGNATURE_TYPE } from '#contract/signed-note.ts';
import { parsePolicy } from '#contract/tlog-policy.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import { publishedPolicy } from '../../../server/witness/published-policy.ts';

const keyNamed = (name: string) => ({ name, publicKey: newLogKeys().checkpoint.publicKey });

describe('the policy that a log publishes', () => {
  it('names its own key and nobody else where nobody watches it', () => {
    const log = keyNamed('log.example/one');
    expect(publishedPolicy(log, undefined)).toBe(`log ${formatVerifierKey(sha256, log)}\nquorum none\n`);
  });

  it('names its witnesses and the quorum, and its own key instead of any other', () => {
    const log = keyNamed('log.example/one');
    const other = formatVerifierKey(sha256, keyNamed('log.example/other'));
    const witness = formatVerifierKey(sha256, keyNamed('w.example'), SIGNATURE_TYPE.cosignature);
    const watchers = parsePolicy(sha256, `log ${other}\nwitness w ${witness} http://w.example\nquorum w\n`);
    expect(publishedPolicy(log, watchers)).toBe(
      `log ${formatVerifierKey(sha256, log)}\nwitness w ${witness} http://w.example\nquorum w\n`,
    );
  });
});

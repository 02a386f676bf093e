import { describe, expect, it } from 'vitest';
import { utf8 } from '#contract/bytes.ts';
import { nodeVerifierTools } from '../../../server/commands/verifier-tools.ts';
import { testSigner } from '../../support/note-signer.ts';

const signers = ['one', 'two', 'three'].map(testSigner);

/** Signed messages of different lengths by different keys; those at `bad` with a signature of something else. */
function items(count: number, bad: readonly number[]) {
  return Array.from({ length: count }, (_, at) => {
    const signer = signers[at % signers.length] ?? testSigner('one');
    const message = utf8('x'.repeat(at % 300) + at);
    const signature = signer.sign(bad.includes(at) ? utf8('another') : message);
    return { publicKey: signer.publicKey, message, signature };
  });
}

describe('the tools of the verifier in Node', () => {
  it('say of each of many signatures whether it is good, in order, however the threads share them', async () => {
    const bad = [0, 63, 64, 500, 999];
    const verdicts = await nodeVerifierTools.verifyMany(items(1_000, bad));
    expect(verdicts.flatMap((isGood, at) => (isGood ? [] : [at]))).toEqual(bad);
    expect(verdicts).toHaveLength(1_000);
    expect(await nodeVerifierTools.verifyMany([])).toEqual([]);
  });

  it('keep several batches apart', async () => {
    const batches = [[3], [], [250], [0, 1, 2]];
    const found = await Promise.all(
      batches.map(async (bad) => {
        const verdicts = await nodeVerifierTools.verifyMany(items(256, bad));
        return verdicts.flatMap((isGood, at) => (isGood ? [] : [at]));
      }),
    );
    expect(found).toEqual(batches);
  });

  it('give the same verdict on one as on many', () => {
    const [good, wrong] = items(2, [1]);
    if (good === undefined || wrong === undefined) throw new Error('no items');
    expect(nodeVerifierTools.verify(good.publicKey, good.message, good.signature)).toBe(true);
    expect(nodeVerifierTools.verify(wrong.publicKey, wrong.message, wrong.signature)).toBe(false);
  });
});

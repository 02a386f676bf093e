import { toBase64Url } from '#contract/bytes.ts';
import { toDidKey } from '#contract/did-key.ts';
import { signingBytes } from '#contract/log-entry.ts';
import { createLedger, type Ledger } from '../../server/ledger/ledger.ts';
import { createMemoryStorage } from '../../server/storage/memory-storage.ts';
import { type Counted, countingFold } from '../server/ledger/counting-fold.ts';
import { fixedLogKeys } from './fixed-keys.ts';
import { testSigner } from './note-signer.ts';

/** Size of the golden log: three full tiles and a part of a fourth. */
export const GOLDEN_SIZE = 1_000;
const GOLDEN_ORIGIN = 'golden.example/log';

const bridge = testSigner('golden bridge');

/** One of each kind of thing that entries carry: text of every script, whole numbers, amounts as text, nesting, nothing. */
function dataAt(index: number): Record<string, unknown> {
  const kinds: Record<string, unknown>[] = [
    { words: `Nr. ${index}: Größe, 寸法, 📐, \u2028, "\\"\n` },
    { list: [index, -index, Number.MAX_SAFE_INTEGER, null, true, [], {}] },
    { amount: { unit: 'mg', value: String(BigInt(index) ** 9n) }, b: 1, a: { é: 1, z: 2, Z: 3 } },
    { file: `sha256:${'ab'.repeat(32)}`, '10': 'ten', '9': 'nine' },
    {},
  ];
  return kinds[index % kinds.length] ?? {};
}

/**
 * A log with fixed keys, times and contents, written by the ledger. Its bytes are those of every release: a stranger's
 * mirror, receipts and signatures must stay valid.
 */
export async function goldenLog(size = GOLDEN_SIZE): Promise<Ledger<Counted>> {
  let now = 1_763_000_000_000;
  const ledger = await createLedger({
    storage: createMemoryStorage(),
    fold: countingFold,
    keys: fixedLogKeys('golden'),
    origin: GOLDEN_ORIGIN,
    nowMs: () => now,
    newId: () => 'never used',
  });
  for (let index = 0; index < size; index += 1) {
    now += index % 7 === 0 ? -5 : 13;
    const body = {
      id: `0197a5a0-0000-7000-8000-${String(index).padStart(12, '0')}`,
      stream: `${index % 3 === 0 ? 'job' : 'order'}/${index % 11}`,
      type: 'job.opened',
      v: 1 + (index % 2),
      data: dataAt(index),
    };
    const sig = toBase64Url(bridge.sign(signingBytes(body)));
    const sigs = index % 4 === 0 ? [{ kid: toDidKey(bridge.publicKey), sig }] : [];
    await ledger.submit(() => [{ ...body, sigs }]);
  }
  return ledger;
}

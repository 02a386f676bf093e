import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '#contract/bytes.ts';
import { formatCheckpoint } from '#contract/checkpoint.ts';
import { leafHash } from '#contract/merkle.ts';
import { formatNote } from '#contract/signed-note.ts';
import { policyOfLog } from '#contract/tlog-policy.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '#contract/tlog-proof.ts';
import { sha256, verifyEd25519 } from '../../../server/ledger/node-crypto.ts';
import { testSigner } from '../../support/note-signer.ts';
import { NaiveTree } from './naive-tree.ts';

const tools = { sha256, verify: verifyEd25519 };
const log = testSigner('log.example/receipts');
const entries = Array.from({ length: 11 }, (_, at) => utf8(`entry ${at}`));
const leaves = entries.map((entry) => leafHash(sha256, entry));
const tree = new NaiveTree(leaves);
const entryAt = (index: number) => entries[index] ?? new Uint8Array();

function receipt(index: number, size = entries.length): string {
  const text = formatCheckpoint({ origin: log.name, size, root: tree.root(size) });
  const checkpoint = formatNote(sha256, text, log, log.sign);
  return formatTlogProof({ index, hashes: tree.inclusionProof(index, size), checkpoint });
}

const verdict = (text: string, index: number) =>
  verifyTlogProof(text, entryAt(index), policyOfLog(log), tools);

describe('a receipt', () => {
  it('shows offline that an entry is in the log, for every entry of every size', () => {
    for (let size = 1; size <= entries.length; size += 1)
      for (let index = 0; index < size; index += 1)
        expect(verdict(receipt(index, size), index)).toMatchObject({ ok: true, index });
  });

  it('is text that is read as it was written, with or without extra data', () => {
    const plain = receipt(3);
    expect(plain).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex 3\n[A-Za-z0-9+/]{43}=\n/);
    expect(formatTlogProof(parseTlogProof(plain))).toBe(plain);
    const extra = Uint8Array.of(1, 2, 3);
    const more = formatTlogProof({ ...parseTlogProof(plain), extra });
    expect(more).toContain('@v1\nextra AQID\nindex 3\n');
    expect(parseTlogProof(more).extra).toEqual(extra);
    expect(verdict(more, 3)).toMatchObject({ ok: true });
    expect(formatTlogProof(parseTlogProof(receipt(0, 1)))).toBe(receipt(0, 1));
  });

  it('proves nothing for another entry, another index, or where any character of it was changed', () => {
    const text = receipt(5);
    expect(verdict(text, 6)).toMatchObject({ ok: false, fault: 'wrong-root' });
    expect(verdict(text.replace('index 5', 'index 4'), 5)).toMatchObject({ ok: false });
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'A0z\n =+'), (at, character) => {
        fc.pre(text.charAt(at) !== character);
        expect(verdict(text.slice(0, at) + character + text.slice(at + 1), 5).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '',
    'c2sp.org/tlog-proof@v2\nindex 0\n\n',
    receipt(1).replace('index 1', 'index 01'),
    receipt(1).replace('index 1', 'index -1'),
    receipt(1).replace('index 1\n', ''),
    receipt(1).replace('index 1', 'extra x!\nindex 1'),
    receipt(1).replace('index 1\n', 'index 1\nAAAA\n'),
    receipt(1).slice(0, -1),
    receipt(1).replace('index 1\n', `index 1\n${`${'A'.repeat(43)}=\n`.repeat(60)}`),
  ])('is refused when it is not one: %j', (text) => {
    expect(verdict(text, 1)).toMatchObject({ ok: false, fault: 'malformed' });
  });
});

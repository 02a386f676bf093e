import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromBase64, sameBytes, toHex, utf8 } from '#contract/bytes.ts';
import { climb, leafHash, nodeHash, verifyConsistency } from '#contract/merkle.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';

/** Sizes go up to 2^64 − 1: they are read as text, for bigint. */
function vectors<Vector>(name: string): Vector[] {
  const file = new URL(`../../data/merkle/${name}.json`, import.meta.url);
  return JSON.parse(
    readFileSync(file, 'utf8').replaceAll(/"(leafIdx|treeSize|size1|size2)": ?([0-9]+)/g, '"$1":"$2"'),
  );
}

interface InclusionVector {
  name: string;
  leafIdx: string;
  treeSize: string;
  root: string | null;
  leafHash: string | null;
  proof: string[] | null;
  wantErr: boolean;
}

interface ConsistencyVector {
  name: string;
  size1: string;
  size2: string;
  root1: string | null;
  root2: string | null;
  proof: string[] | null;
  wantErr: boolean;
}

const bytes = (text: string | null) => fromBase64(text ?? '');

describe('Merkle hashes and proofs', () => {
  it('hashes leaves and nodes with different first bytes, as RFC 6962 says', () => {
    expect(toHex(leafHash(sha256, utf8('L123456')))).toMatch(/^395aa064/);
    expect(toHex(nodeHash(sha256, utf8('N123'), utf8('N456')))).toMatch(/^aa217fe8/);
    const [a, b] = [leafHash(sha256, utf8('a')), leafHash(sha256, utf8('b'))];
    expect(leafHash(sha256, new Uint8Array([...a, ...b]))).not.toEqual(nodeHash(sha256, a, b));
  });

  it('gives the published verdict on every inclusion vector', () => {
    const all = vectors<InclusionVector>('inclusion');
    expect(all).toHaveLength(98);
    for (const vector of all) {
      const leaf = { hash: bytes(vector.leafHash), index: BigInt(vector.leafIdx) };
      const ladder = climb(sha256, leaf, BigInt(vector.treeSize), (vector.proof ?? []).map(bytes));
      const isIn = ladder.ok && sameBytes(ladder.root, bytes(vector.root));
      expect({ name: vector.name, refused: !isIn }).toEqual({ name: vector.name, refused: vector.wantErr });
    }
  });

  it('gives the published verdict on every consistency vector', () => {
    const all = vectors<ConsistencyVector>('consistency');
    expect(all).toHaveLength(98);
    for (const vector of all) {
      const isConsistent = verifyConsistency(sha256, {
        older: BigInt(vector.size1),
        newer: BigInt(vector.size2),
        olderRoot: bytes(vector.root1),
        newerRoot: bytes(vector.root2),
        proof: (vector.proof ?? []).map(bytes),
      });
      expect({ name: vector.name, refused: !isConsistent }).toEqual({
        name: vector.name,
        refused: vector.wantErr,
      });
    }
  });
});

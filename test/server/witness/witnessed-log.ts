import { utf8 } from '#contract/bytes.ts';
import { formatCheckpoint } from '#contract/checkpoint.ts';
import { leafHash } from '#contract/merkle.ts';
import { formatNote } from '#contract/signed-note.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import { formatAddCheckpoint } from '../../../server/witness/add-checkpoint.ts';
import { NaiveTree } from '../contract/naive-tree.ts';

/** A log that grows, forks and asks for cosignatures as a test wants. */
export function witnessedLog(origin = 'log.example/one') {
  const { checkpoint: key } = newLogKeys();
  const noteKey = { name: origin, publicKey: key.publicKey };
  const treeOf = (size: number, face: string) =>
    new NaiveTree(
      // The faces part ways after the third entry.
      Array.from({ length: size }, (_, index) =>
        leafHash(sha256, utf8(index < 3 ? `entry ${index}` : `${face} ${index}`)),
      ),
    );
  const sign = (size: number, root: Uint8Array) =>
    formatNote(sha256, formatCheckpoint({ origin, size, root }), noteKey, (message) => key.sign(message));
  const note = (size: number, face = 'honest') => sign(size, treeOf(size, face).root(size));
  const proof = (from: number, to: number, face = 'honest') =>
    from === 0 || from === to ? [] : treeOf(to, face).consistencyProof(from, to);
  return {
    key: noteKey,
    sign,
    note,
    proof,
    /** The body of a request to a witness. */
    body: (old: number, size: number, face = 'honest') =>
      utf8(formatAddCheckpoint({ old, proof: proof(old, size, face), note: note(size, face) })),
  };
}

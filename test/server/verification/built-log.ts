import { createHash } from 'node:crypto';
import { concat, toBase64Url, utf8 } from '#contract/bytes.ts';
import { canonicalJson } from '#contract/canonical-json.ts';
import { formatCheckpoint } from '#contract/checkpoint.ts';
import { toDidKey } from '#contract/did-key.ts';
import { type EntryBody, signingBytes } from '#contract/log-entry.ts';
import { frameEntries, TILE_WIDTH, tilePath } from '#contract/log-tiles.ts';
import { leafHash } from '#contract/merkle.ts';
import { formatNote } from '#contract/signed-note.ts';
import { policyOfLog } from '#contract/tlog-policy.ts';
import { BlockHasher, TileTree } from '../../../server/verification/tile-tree.ts';
import { type TestSigner, testSigner } from '../../support/note-signer.ts';

/** Logs with fixed keys, built entry by entry without the ledger: also ones that no honest ledger would write. */

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

export const logKey = testSigner('built.example/log');
export const author = testSigner('author');
export const policy = policyOfLog(logKey);

export type Files = Map<string, Uint8Array>;

/** Something that happened, as a body. */
export function bodyAt(index: number, stream = `job/${index % 5}`): EntryBody {
  return {
    data: { lab: 'lab/1', words: `Entry ${index} – ü`, list: [1, { b: null, a: true }] },
    id: `id-${index}`,
    stream,
    type: 'job.opened',
    v: 1,
  };
}

interface EntryParts {
  readonly body: EntryBody;
  readonly time?: number;
  readonly signer?: TestSigner;
  /** Written instead of what follows from the entries before. */
  readonly log?: Partial<{ prev: string | null; rev: number; time: number }>;
  readonly sigs?: readonly { kid: string; sig: string }[];
}

/** Signs and links entries as an honest log does. */
export function leavesOf(parts: readonly EntryParts[]): Uint8Array[] {
  const ends = new Map<string, { rev: number; prev: string }>();
  return parts.map(({ body, signer = author, log = {}, sigs }, index) => {
    const end = ends.get(body.stream);
    const link = { prev: end?.prev ?? null, rev: end === undefined ? 0 : end.rev + 1, time: 1_000 + index };
    const whole = { ...link, ...log };
    const sig = toBase64Url(signer.sign(signingBytes(body)));
    const leaf = utf8(
      canonicalJson({ body, log: whole, sigs: sigs ?? [{ kid: toDidKey(signer.publicKey), sig }] }),
    );
    ends.set(body.stream, { rev: whole.rev, prev: toBase64Url(leafHash(sha256, leaf)) });
    return leaf;
  });
}

export function honestLeaves(count: number): Uint8Array[] {
  return leavesOf(Array.from({ length: count }, (_, index) => ({ body: bodyAt(index) })));
}

/** The files of a log of these leaves, with a checkpoint by the log's key or another's. */
export function filesOf(leaves: readonly Uint8Array[], signer: TestSigner = logKey): Files {
  const files: Files = new Map();
  const tree = new TileTree(new BlockHasher(sha256));
  for (let first = 0; first < leaves.length; first += TILE_WIDTH) {
    const part = leaves.slice(first, first + TILE_WIDTH);
    const place = { index: first / TILE_WIDTH, width: part.length };
    const hashes = concat(...part.map((leaf) => leafHash(sha256, leaf)));
    files.set(tilePath({ level: 'entries', ...place }), frameEntries(part));
    files.set(tilePath({ level: 0, ...place }), hashes);
    for (const { address, hashes: full } of tree.add(hashes)) files.set(tilePath(address), full);
  }
  for (const { address, hashes } of tree.edge()) files.set(tilePath(address), hashes);
  const text = formatCheckpoint({ origin: logKey.name, size: leaves.length, root: tree.root() });
  files.set('checkpoint', utf8(formatNote(sha256, text, { ...signer, name: logKey.name }, signer.sign)));
  return files;
}

/** A copy in which one file is changed. */
export function withFile(files: Files, path: string, change: (bytes: Uint8Array) => Uint8Array): Files {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error(`the log has no file ${path}`);
  return new Map(files).set(path, change(Uint8Array.from(bytes)));
}

/** Changes one bit. */
export const flip = (at: number) => (bytes: Uint8Array) => {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
};

import { fromUtf8, sameBytes, toBase64 } from '#contract/bytes.ts';
import { type Checkpoint, parseCheckpoint } from '#contract/checkpoint.ts';
import { isSignatureOf } from '#contract/log-entry.ts';
import { readBundle, TILE_WIDTH, tilePath } from '#contract/log-tiles.ts';
import { HASH_BYTES } from '#contract/merkle.ts';
import { isSignedBy, parseNote, parseVerifierKey } from '#contract/signed-note.ts';
import { type CommittedEntry, readLeaf } from './committed-entry.ts';
import { EntryChain } from './entry-chain.ts';
import { MerkleTree } from './merkle-tree.ts';
import { sha256, verifyEd25519 } from './node-crypto.ts';

/** Gets a file of the log by its path under `/log/`; undefined where there is none. */
export type FetchPath = (path: string) => Promise<Uint8Array | undefined>;

export type LogVerdict =
  | { verified: true; size: number; root: string }
  /** `index` is the first bad entry, where it is an entry that is bad. */
  | { verified: false; index?: number; reason: string };

class Fault extends Error {
  readonly index: number | undefined;
  constructor(reason: string, index?: number) {
    super(reason);
    this.index = index;
  }
}

/**
 * Verifies a whole log from the outside with plain GETs: the checkpoint's signature, every entry up to it (canonical,
 * signed, linked to the one before it in its stream, time never running back), the hash tiles and the root.
 * @param verifierKey the log's key, from somewhere one trusts. Left out, the log's own `policy` is believed: then the
 *   log is checked against itself, not against an impostor.
 */
export async function verifyLog(fetchPath: FetchPath, verifierKey?: string): Promise<LogVerdict> {
  try {
    const checkpoint = await readCheckpoint(fetchPath, verifierKey ?? (await keyOfPolicy(fetchPath)));
    const tree = new MerkleTree();
    const chain = new EntryChain();
    while (tree.size < checkpoint.size) await verifyBundle(fetchPath, checkpoint.size, tree, chain);
    if (!sameBytes(tree.root(), checkpoint.root))
      throw new Fault('the entries do not lead to the root that was signed');
    return { verified: true, size: checkpoint.size, root: toBase64(checkpoint.root) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const index = error instanceof Fault ? error.index : undefined;
    return index === undefined ? { verified: false, reason } : { verified: false, index, reason };
  }
}

async function keyOfPolicy(fetchPath: FetchPath): Promise<string> {
  const policy = fromUtf8(await required(fetchPath, 'policy'));
  const key = /^log (\S+)/m.exec(policy)?.[1];
  if (key === undefined) throw new Fault("the log's policy names no key");
  return key;
}

async function readCheckpoint(fetchPath: FetchPath, verifierKey: string): Promise<Checkpoint> {
  const note = parseNote(fromUtf8(await required(fetchPath, 'checkpoint')));
  const key = parseVerifierKey(sha256, verifierKey);
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== key.name)
    throw new Fault(`the checkpoint is of ${checkpoint.origin}, not of ${key.name}`);
  if (!isSignedBy(sha256, verifyEd25519, note, key))
    throw new Fault('the checkpoint is not signed by the log');
  return checkpoint;
}

async function verifyBundle(
  fetchPath: FetchPath,
  size: number,
  tree: MerkleTree,
  chain: EntryChain,
): Promise<void> {
  const first = tree.size;
  const index = first / TILE_WIDTH;
  const width = Math.min(TILE_WIDTH, size - first);
  const leaves = readBundle(await tile(fetchPath, { level: 'entries', index, width })).slice(0, width);
  const hashes = await tile(fetchPath, { level: 0, index, width });
  if (leaves.length < width) throw new Fault('the bundle of entries is too short', first + leaves.length);
  leaves.forEach((leaf, at) => {
    const entry = verifyEntry(leaf, first + at, chain);
    if (!sameBytes(hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES), entry.leafHash))
      throw new Fault('the entry is not the one in the hash tile', first + at);
    chain.add(entry);
    tree.append(entry.leafHash);
  });
}

function verifyEntry(leaf: Uint8Array, index: number, chain: EntryChain): CommittedEntry {
  let entry: CommittedEntry;
  try {
    entry = readLeaf(leaf, index);
  } catch (error) {
    throw new Fault(
      `the entry cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      index,
    );
  }
  const fault = chain.faultOf(entry);
  if (fault !== undefined) throw new Fault(`the entry cannot stand where it is: ${fault}`, index);
  if (entry.sigs.length === 0) throw new Fault('the entry is signed by nobody', index);
  const wrong = entry.sigs.find((signature) => !isSignatureOf(verifyEd25519, entry.body, signature));
  if (wrong !== undefined) throw new Fault(`the signature by ${wrong.kid} does not fit the entry`, index);
  return entry;
}

/** A partial tile may be gone once the full one is there. */
async function tile(
  fetchPath: FetchPath,
  address: { level: number | 'entries'; index: number; width: number },
): Promise<Uint8Array> {
  const found = await fetchPath(tilePath(address));
  return found ?? required(fetchPath, tilePath({ ...address, width: TILE_WIDTH }));
}

async function required(fetchPath: FetchPath, path: string): Promise<Uint8Array> {
  const bytes = await fetchPath(path);
  if (bytes === undefined) throw new Fault(`the log has no file ${path}`);
  return bytes;
}

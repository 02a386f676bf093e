import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fromUtf8, sameBytes, toBase64 } from '#contract/bytes.ts';
import { AppError } from '../errors.ts';
import { filesOfFolder, inParallel, type ReadFile, type ShowProgress, writeFileWhole } from './log-files.ts';
import { logKeyOfPolicy } from './log-policy.ts';
import { folderFiles, type MirrorCounts, mirrorFiles, removeOldPartials } from './mirror-files.ts';
import {
  faultAgainst,
  type LogFault,
  openCheckpoint,
  readVerifierKey,
  type SignedCheckpoint,
} from './signed-checkpoint.ts';
import { notAsSigned, SignedTree } from './signed-tree.ts';

/** Files fetched at the same time: enough to hide the way to a distant server, few enough for a small one. */
const FETCHES_AT_ONCE = 8;

export interface MirrorWish {
  /** Reads a path under `log/` of the server. */
  readonly remote: ReadFile;
  /** The server's address, for sentences. */
  readonly where: string;
  readonly folder: string;
  /** The log's verifier key, where somebody has it from elsewhere. */
  readonly verifierKey?: string | undefined;
  readonly show: ShowProgress;
}

export interface MirrorResult extends MirrorCounts {
  readonly size: number;
  readonly root: string;
}

/**
 * Copies a published log into a folder, under the same paths, so that any web server can serve it. What is there is
 * checked and kept; the checkpoint is replaced last, so that the folder can be verified at any moment.
 * The key of the first copy stays the folder's key: another log at the same address is refused.
 * @throws AppError `log.fork` or `log.rollback` where the server shows another tree than the one that the folder holds;
 *   both checkpoints are then kept in the folder as evidence. `log.tampered` where a file is not what was signed.
 */
export async function mirrorLog(wish: MirrorWish): Promise<MirrorResult> {
  const { remote, where, show } = wish;
  const folder = join(wish.folder, 'log');
  const policy = await required(remote, 'policy', where);
  const key = readVerifierKey(await keyOf(wish, folder, fromUtf8(policy)));
  const checkpoint = openCheckpoint(await required(remote, 'checkpoint', where), key, where);
  const bytesBefore = await filesOfFolder(folder)('checkpoint');
  const before = bytesBefore && openCheckpoint(bytesBefore, key, folder);
  if (before !== undefined && before.size > checkpoint.size)
    await refuseShorter(wish, folder, before, checkpoint);

  const files = mirrorFiles({ remote, where, folder });
  const tree = await SignedTree.open(files, checkpoint, (done, total) => show('hash tiles', done, total));
  if (before !== undefined) {
    const fault = await faultAgainst(tree, before);
    if (fault !== undefined) await refuse(wish, fault, before, checkpoint);
  }
  await files.release();
  let done = 0;
  await inParallel(tree.bundleCount, FETCHES_AT_ONCE, async (index) => {
    await tree.bundle(index);
    done += 1;
    show('entries', done, tree.bundleCount);
  });
  await writeFileWhole(join(folder, 'policy'), policy);
  await writeFileWhole(join(folder, 'checkpoint'), checkpoint.note);
  if (before !== undefined) await removeOldPartials(folder, before.size, checkpoint.size);
  return { ...files.counts, size: checkpoint.size, root: toBase64(checkpoint.root) };
}

/** The given key, or the one of the first copy, or the one that the server names: then trust begins here. */
async function keyOf({ verifierKey, where }: MirrorWish, folder: string, served: string): Promise<string> {
  const kept = await filesOfFolder(folder)('policy');
  const first = kept && logKeyOfPolicy(fromUtf8(kept), folder);
  if (first !== undefined && verifierKey !== undefined && first !== verifierKey)
    throw new AppError('conflict', `${folder} mirrors another log: its key is ${first}.`, {
      code: 'mirror.other-log',
    });
  const key = verifierKey ?? first;
  const named = logKeyOfPolicy(served, where);
  if (key !== undefined && key !== named)
    throw new AppError(
      'conflict',
      `${where} serves another log than the one that ${first === undefined ? 'was asked for' : 'is mirrored here'}: ` +
        `its policy names the key ${named}, expected is ${key}.`,
      { code: 'mirror.other-log' },
    );
  return key ?? named;
}

/** An older state of the same log, or another log altogether: what is in the folder tells. */
async function refuseShorter(
  wish: MirrorWish,
  folder: string,
  before: SignedCheckpoint,
  now: SignedCheckpoint,
): Promise<never> {
  const root = await SignedTree.open(folderFiles(folder), before)
    .then((tree) => tree.rootAt(now.size))
    .catch(() => undefined);
  // Where the folder is damaged nobody can tell the two apart, and the milder word is said.
  const isFork = root !== undefined && !sameBytes(root, now.root);
  return refuse(wish, isFork ? 'fork' : 'rollback', before, now);
}

async function refuse(
  { folder, where }: MirrorWish,
  fault: LogFault,
  before: SignedCheckpoint,
  now: SignedCheckpoint,
): Promise<never> {
  const file = join(folder, 'evidence', `${fault}-${before.size}-${now.size}.txt`);
  if (!existsSync(file)) await writeFileWhole(file, evidenceText(fault, before, now));
  const sentence =
    fault === 'fork'
      ? `${where} shows a fork: its ${now.size} entries do not continue the ${before.size} that are mirrored here, and both are signed by the log.`
      : `${where} shows a rollback: ${now.size} entries, where ${before.size} that it signed are mirrored here.`;
  throw new AppError('conflict', `${sentence} Nothing was replaced; both checkpoints are in ${file}.`, {
    code: `log.${fault}`,
    details: { fault, evidence: file },
  });
}

function evidenceText(fault: LogFault, before: SignedCheckpoint, now: SignedCheckpoint): string {
  return [
    `Evidence of a ${fault}: two checkpoints that the same key signed and that cannot both be of one growing log.`,
    '',
    'Mirrored before:',
    '',
    before.note,
    'Served now:',
    '',
    now.note,
  ].join('\n');
}

async function required(read: ReadFile, path: string, where: string): Promise<Uint8Array> {
  const bytes = await read(path);
  if (bytes === undefined) throw notAsSigned(path, where);
  return bytes;
}

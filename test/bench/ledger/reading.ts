import { join } from 'node:path';
import { leafHash } from '#contract/merkle.ts';
import { nodeVerifierTools } from '../../../server/commands/verifier-tools.ts';
import { createAudit } from '../../../server/commons/audit/audit.ts';
import type { CommonsLedger } from '../../../server/community/commons-ledger.ts';
import { filesOfFolder } from '../../../server/copies/log-files.ts';
import { mirrorLog } from '../../../server/copies/mirror.ts';
import { sha256 } from '../../../server/ledger/node-crypto.ts';
import { TileTree } from '../../../server/ledger/tile-tree.ts';
import { verifyLog } from '../../../server/verification/verify-log.ts';

/** Copies a ledger into a folder, as a stranger's mirror would. */
export async function mirrorInto(folder: string, ledger: CommonsLedger): Promise<void> {
  await ledger.published();
  const remote = async (path: string) => (await ledger.logFile(path))?.bytes;
  await mirrorLog({ remote, where: 'the ledger', folder, show: () => {} });
}

/** Entries, and signatures, a second of the whole verification of a mirror; without `withEntries` only hashes are compared. */
export async function verificationRate(
  folder: string,
  { withEntries }: { withEntries: boolean },
): Promise<{ entriesPerSecond: number; signaturesPerSecond: number }> {
  const audit = createAudit();
  const read = filesOfFolder(join(folder, 'log'));
  const startedMs = performance.now();
  const verdict = await verifyLog({
    ...{ fetchFile: (path) => read(path), tools: nodeVerifierTools, withEntries },
    ...(withEntries ? { judge: (entry) => audit.judge(entry) } : {}),
  });
  const seconds = (performance.now() - startedMs) / 1_000;
  if (!verdict.verified) throw new Error(`the mirror does not verify: ${verdict.reason}`);
  return {
    entriesPerSecond: verdict.checkpoint.size / seconds,
    signaturesPerSecond: verdict.signatures / seconds,
  };
}

const LEAVES = 200_000;

/** Leaves a second that a Merkle tree in memory takes in: one hash of a leaf and one of a node each. */
export function merkleRate(): number {
  const leaf = new Uint8Array(400).fill(7);
  const tree = new TileTree({ add: () => {}, read: () => Promise.reject(new Error('nothing is read')) });
  const startedMs = performance.now();
  for (let at = 0; at < LEAVES; at += 1) {
    leaf[at % leaf.length] = at;
    tree.append(leafHash(sha256, leaf));
  }
  tree.root();
  return LEAVES / ((performance.now() - startedMs) / 1_000);
}

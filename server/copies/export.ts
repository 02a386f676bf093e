import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { toBase64Url } from '#contract/bytes.ts';
import { ContentHash } from '#contract/quantities.ts';
import type { AccountView } from '#contract/views.ts';
import { accountView } from '../commons/accounts/account-view.ts';
import { commonsFold } from '../commons/commons.ts';
import { readLeaf } from '../ledger/committed-entry.ts';
import { type Blobs, makeFolder } from '../storage/blobs.ts';
import { CitedFiles, copyFiles } from './cited-files.ts';
import { type ShowProgress, writeFileWhole } from './log-files.ts';

/** Entries of a log in their order, and what vouches for them. */
export interface ExportSource {
  readonly size: number;
  /** The signed checkpoint; empty where there is none. */
  readonly checkpoint: string;
  leaves(): AsyncIterable<Uint8Array>;
  readonly files: Pick<Blobs, 'get'>;
}

export interface ExportResult {
  readonly entries: number;
  readonly files: number;
  readonly accounts: number;
  /** Files that could not be read, a sentence each. */
  readonly damaged: readonly string[];
}

/**
 * Writes what people want out of a ledger in forms that any program reads: `entries.ndjson` (one entry a line, with its
 * index and leaf hash; the entry itself byte for byte), `accounts.csv`, the files that designs are made of by their hash,
 * and the checkpoint.
 * @param since only entries from this index on, and only the files that they cite; the accounts are always those of the
 *   whole ledger
 */
export async function exportLedger(wish: {
  source: ExportSource;
  folder: string;
  since: number;
  show: ShowProgress;
}): Promise<ExportResult> {
  const { source, folder, since, show } = wish;
  makeFolder(folder);
  const cited = new CitedFiles();
  const state = commonsFold.initial();
  const out = createWriteStream(join(folder, 'entries.ndjson'));
  let index = 0;
  for await (const leaf of source.leaves()) {
    const entry = readLeaf(leaf, index);
    commonsFold.evolve(state, entry);
    if (index >= since) {
      cited.add(leaf);
      const line = `{"index":${index},"leafHash":"${toBase64Url(entry.leafHash)}","entry":${entry.text}}\n`;
      if (!out.write(line)) await once(out, 'drain');
    }
    index += 1;
    show('entries', index, source.size);
  }
  out.end();
  await finished(out);
  const accounts = [...state.agents.values()].map((agent) => accountView(state, agent));
  await writeFileWhole(join(folder, 'accounts.csv'), accountsAsCsv(accounts));
  if (source.checkpoint !== '') await writeFileWhole(join(folder, 'checkpoint'), source.checkpoint);
  const { copied, damaged } = await copyFiles(
    cited.hashes,
    source.files,
    (hash, bytes) => writeFileWhole(join(folder, 'files', ContentHash.parse(hash).slice(7)), bytes),
    show,
  );
  return { entries: Math.max(0, index - since), files: copied, accounts: accounts.length, damaged };
}

const COLUMNS = ['agent', 'name', 'kind', 'balanceMinor', 'receivedMinor', 'paidMinor', 'currency'] as const;

/** RFC 4180. A leading = + - or @ of a name is not let through: a spreadsheet would take it for a formula. */
function accountsAsCsv(accounts: readonly AccountView[]): string {
  const rows = accounts.map((account) => COLUMNS.map((column) => cell(String(account[column]))));
  return [[...COLUMNS], ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

function cell(value: string): string {
  const isNumber = /^-?\d+$/.test(value);
  const text = !isNumber && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

import { mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotateKeys } from '../../../server/commands/keys-rotate.ts';
import { forgetPreviousEntryKey, loadLogKeys, rotateEntryKey } from '../../../server/ledger/log-keys.ts';
import { refusalCode } from '../commons/small-community.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'commonwright-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the keys of a log', () => {
  it('are made once, different from each other, for their owner only', () => {
    const keys = loadLogKeys(folder);
    expect(loadLogKeys(folder).entries.didKey).toBe(keys.entries.didKey);
    expect(keys.checkpoint.didKey).not.toBe(keys.entries.didKey);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('change for entries, with the former one at hand until it is entered', () => {
    const before = loadLogKeys(folder);
    const { former, key } = rotateEntryKey(folder);
    const after = loadLogKeys(folder);
    expect([former, key]).toEqual([before.entries.didKey, after.entries.didKey]);
    expect(after.previousEntries?.didKey).toBe(before.entries.didKey);
    expect(after.checkpoint.didKey).toBe(before.checkpoint.didKey);
    expect(refusalCode(() => rotateEntryKey(folder))).toBe('ledger.rotation-waits');
    forgetPreviousEntryKey(folder);
    expect(loadLogKeys(folder)).not.toHaveProperty('previousEntries');
    expect(rotateEntryKey(folder).former).toBe(key);
  });

  it('are whole again after a change that was interrupted', () => {
    const before = loadLogKeys(folder);
    renameSync(join(folder, 'entry-key.pem'), join(folder, 'entry-key.previous.pem'));
    const after = loadLogKeys(folder);
    expect(after.previousEntries?.didKey).toBe(before.entries.didKey);
    expect(after.entries.didKey).not.toBe(before.entries.didKey);
  });
});

describe('commonwright keys rotate', () => {
  it('says both keys, and refuses where there is no ledger', () => {
    const said: string[] = [];
    const rotate = (place: string) => rotateKeys({ settings: { DATA_DIR: place } }, (one) => said.push(one));
    expect(refusalCode(() => rotate(join(folder, 'nowhere')))).toBe('ledger.no-key');
    expect(refusalCode(() => rotate(folder))).toBe('ledger.no-key');
    const { entries } = loadLogKeys(join(folder, 'private'));
    rotate(folder);
    expect(said[0]).toContain(entries.didKey);
    expect(said[0]).toContain(loadLogKeys(join(folder, 'private')).entries.didKey);
  });
});

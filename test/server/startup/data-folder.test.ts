import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeDataFolder } from '../../../server/startup/data-folder.ts';

describe('the data folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'commonwright-data-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made when it is missing, and held by one server at a time', () => {
    const place = join(folder, 'a', 'b');
    const held = takeDataFolder(place);
    expect(held.isNew).toBe(true);
    expect(() => takeDataFolder(place)).toThrow(/Another server already works on the data folder/);
    held.release();
    const again = takeDataFolder(place);
    expect(again.isNew).toBe(false);
    again.release();
  });

  it('names the file that stands in its way', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(() => takeDataFolder(file)).toThrow(`${file} is a file, not a folder`);
    expect(() => takeDataFolder(join(file, 'data'))).toThrow(`${file} is a file, not a folder`);
  });

  it('says that a folder the system does not let anyone write cannot be used', () => {
    expect(() => takeDataFolder('/proc/commonwright')).toThrow(/data folder .* Set DATA_DIR/);
  });
});

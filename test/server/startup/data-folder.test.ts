import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
    const held = takeDataFolder({ path: place });
    expect(held.isNew).toBe(true);
    expect(() => takeDataFolder({ path: place })).toThrow(/Another server already works on the data folder/);
    held.release();
    const again = takeDataFolder({ path: place });
    expect(again.isNew).toBe(false);
    again.release();
  });

  it('is shared by servers with a common broker, and by nobody who has one of its own', () => {
    const shared = { path: folder, isShared: true };
    const [one, other] = [takeDataFolder(shared), takeDataFolder(shared)];
    expect(() => takeDataFolder({ path: folder })).toThrow(
      /Other servers already share .* give all of them the same MQTT_URL/,
    );
    one.release();
    expect(() => takeDataFolder({ path: folder })).toThrow(/already share/);
    other.release();
    const alone = takeDataFolder({ path: folder });
    expect(() => takeDataFolder(shared)).toThrow(/with a broker of its own.* the same MQTT_URL/);
    alone.release();
  });

  it('keeps its secrets elsewhere where that is wished', () => {
    const privatePath = join(folder, 'a', 'secrets');
    const held = takeDataFolder({ path: join(folder, 'data'), privatePath });
    expect(held.privatePath).toBe(privatePath);
    expect(statSync(privatePath).mode & 0o777).toBe(0o700);
    held.release();
  });

  it('names the file that stands in its way', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(() => takeDataFolder({ path: file })).toThrow(`${file} is a file, not a folder`);
    expect(() => takeDataFolder({ path: join(file, 'data') })).toThrow(`${file} is a file, not a folder`);
  });

  it('says that a folder the system does not let anyone write cannot be used', () => {
    expect(() => takeDataFolder({ path: '/proc/commonwright' })).toThrow(/data folder .* Set DATA_DIR/);
  });
});

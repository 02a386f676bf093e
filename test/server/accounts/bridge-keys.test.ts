import { describe, expect, it } from 'vitest';
import { openBridgeKeys } from '../../../server/accounts/bridge-keys.ts';
import { hashOfKey } from '../../../server/accounts/keys.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';

describe('bridge keys of servers that share a store', () => {
  it('are good at all of them at once, and end at all of them at once', async () => {
    const storage = createMemoryStorage();
    const [one, other] = [openBridgeKeys(storage), openBridgeKeys(storage)];
    await one.keep('north', hashOfKey('first'));
    expect(await other.labOf('first')).toBe('north');
    await other.keep('north', hashOfKey('second'));
    expect(await one.labOf('first')).toBeUndefined();
    expect(await one.labOf('second')).toBe('north');
  });

  it('are told apart also where one lab is called like the beginning of another', async () => {
    const keys = openBridgeKeys(createMemoryStorage());
    await keys.keep('lab', hashOfKey('of lab'));
    await keys.keep('lab-two', hashOfKey('of lab-two'));
    expect([await keys.labOf('of lab'), await keys.labOf('of lab-two')]).toEqual(['lab', 'lab-two']);
  });

  it('leave exactly one good key where two servers issue one at the same moment', async () => {
    const storage = createMemoryStorage();
    const given = ['a', 'b', 'c'];
    await Promise.all(given.map((key) => openBridgeKeys(storage).keep('north', hashOfKey(key))));
    const keys = openBridgeKeys(storage);
    const found = await Promise.all(given.map((key) => keys.labOf(key)));
    expect(found.filter((lab) => lab === 'north')).toHaveLength(1);
  });

  it('appear in the store as hashes only', async () => {
    const storage = createMemoryStorage();
    await openBridgeKeys(storage).keep('north', hashOfKey('a secret'));
    const places = await storage.keys('');
    const values = await storage.getAll(places);
    const all = [...places, ...values.map((value) => Buffer.from(value ?? []).toString())].join('\n');
    expect(all).toContain(hashOfKey('a secret'));
    expect(all).not.toContain('a secret');
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccess, ensureCommandKey, LOCAL_PERSON } from '../../../server/accounts/access.ts';
import { openBridgeKeys } from '../../../server/accounts/bridge-keys.ts';
import { type KeyStore, memoryKeyStore, openKeyStore } from '../../../server/accounts/key-store.ts';
import { isHostAllowed, isOriginOurs } from '../../../server/accounts/same-origin.ts';
import { AppError } from '../../../server/errors.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import type { Storage } from '../../../server/storage/storage.ts';

function accessWith(parts: { keys?: KeyStore; isLocalOnly: boolean; storage?: Storage }) {
  const { keys = memoryKeyStore(), isLocalOnly, storage = createMemoryStorage() } = parts;
  return createAccess({ keys, bridgeKeys: openBridgeKeys(storage), isLocalOnly, randomBytes });
}

async function refusalOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'allowed';
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'allowed';
}

describe('who may act', () => {
  it('lets everyone on this computer act as the local person', () => {
    const access = accessWith({ isLocalOnly: true });
    expect(access.requireActor(undefined)).toBe(LOCAL_PERSON);
  });

  it('asks for the printed key when the server listens on more than this computer', () => {
    const keys = memoryKeyStore();
    const access = accessWith({ keys, isLocalOnly: false });
    expect(codeOf(() => access.requireActor('Bearer anything'))).toBe('access.key-wrong');
    const { key, isNew } = ensureCommandKey(keys, randomBytes);
    expect(isNew).toBe(true);
    expect(codeOf(() => access.requireActor(undefined))).toBe('access.key-missing');
    expect(codeOf(() => access.requireActor(`Bearer ${key}x`))).toBe('access.key-wrong');
    expect(codeOf(() => access.requireActor(`Basic ${key}`))).toBe('access.key-missing');
    expect(access.requireActor(`Bearer ${key}`)).toBe(LOCAL_PERSON);
    expect(ensureCommandKey(keys, randomBytes)).toEqual({ key, isNew: false });
  });

  it('knows each bridge by its own key, and the former key ends when a new one is issued', async () => {
    const access = accessWith({ isLocalOnly: true });
    const north = await access.issueBridgeKey('north');
    const south = await access.issueBridgeKey('south');
    expect(await access.requireBridge(`Bearer ${north}`)).toBe('north');
    expect(await access.isBridge('south', south)).toBe(true);
    expect(await access.isBridge('south', north)).toBe(false);
    expect(await access.isBridge('nobody', north)).toBe(false);
    const renewed = await access.issueBridgeKey('north');
    expect(await refusalOf(access.requireBridge(`Bearer ${north}`))).toBe('access.key-wrong');
    expect(await access.requireBridge(`Bearer ${renewed}`)).toBe('north');
    expect(await refusalOf(access.requireBridge(undefined))).toBe('access.key-missing');
  });

  it('does not take the command key for a bridge key, nor the other way round', async () => {
    const keys = memoryKeyStore();
    const access = accessWith({ keys, isLocalOnly: false });
    const { key } = ensureCommandKey(keys, randomBytes);
    const bridgeKey = await access.issueBridgeKey('north');
    expect(await refusalOf(access.requireBridge(`Bearer ${key}`))).toBe('access.key-wrong');
    expect(codeOf(() => access.requireActor(`Bearer ${bridgeKey}`))).toBe('access.key-wrong');
  });
});

describe('the key store', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'commonwright-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps one key for commands, whichever of the servers that share its folder made it', () => {
    const place = join(folder, 'private');
    const [first, second] = [openKeyStore(place), openKeyStore(place)];
    const made = ensureCommandKey(first, randomBytes);
    expect(second.keepCommandKey('a later one')).toBe(made.key);
    expect(ensureCommandKey(openKeyStore(place), randomBytes)).toEqual({ key: made.key, isNew: false });
    expect(statSync(first.commandKeyPlace).mode & 0o777).toBe(0o600);
    expect(statSync(place).mode & 0o777).toBe(0o700);
  });

  it('still knows the bridge keys that an earlier version kept in a file, until new ones are issued', async () => {
    const key = 'a key from earlier';
    const hash = createHash('sha256').update(key).digest('hex');
    writeFileSync(
      join(folder, 'bridge-keys.json'),
      JSON.stringify({ v: 1, bridgeKeyHashes: { north: hash } }),
    );
    const storage = createMemoryStorage();
    const adopt = () => openBridgeKeys(storage).adopt(openKeyStore(folder).formerBridgeKeys);
    await adopt();
    const access = accessWith({ isLocalOnly: true, storage });
    expect(await access.isBridge('north', key)).toBe(true);
    await access.issueBridgeKey('north');
    await adopt();
    expect(await access.isBridge('north', key)).toBe(false);
  });

  it('says so when its file was damaged, instead of locking every bridge out silently', () => {
    writeFileSync(join(folder, 'bridge-keys.json'), '{"v":1,"bridgeKeyHashes":{"north":"short"}}');
    expect(() => openKeyStore(folder)).toThrow(/bridge-keys.json cannot be read as a list of bridge keys/);
  });
});

describe('requests of other websites', () => {
  it.each([
    [undefined, 'localhost:8080', true],
    ['http://localhost:8080', 'localhost:8080', true],
    ['https://LAB.example', 'lab.example', true],
    ['http://localhost:9999', 'localhost:8080', false],
    ['https://evil.example', 'localhost:8080', false],
    ['null', 'localhost:8080', false],
    ['http://localhost:8080', undefined, false],
  ])('with origin %s at host %s: allowed %s', (origin, host, allowed) => {
    expect(isOriginOurs(origin, host)).toBe(allowed);
  });

  it.each([
    ['127.0.0.1:8080', true, true],
    ['localhost', true, true],
    ['[::1]:8080', true, true],
    ['evil.example:8080', true, false],
    ['127.0.0.1.evil.example', true, false],
    ['localhost.evil.example', true, false],
    ['lab.example', false, true],
    [undefined, false, false],
  ])('to host %s while loopback only is %s: allowed %s', (host, isLocalOnly, allowed) => {
    expect(isHostAllowed(host, isLocalOnly)).toBe(allowed);
  });
});

import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccess, ensureCommandKey, LOCAL_PERSON } from '../../../server/accounts/access.ts';
import { memoryKeyStore, openKeyStore } from '../../../server/accounts/key-store.ts';
import { isHostAllowed, isOriginOurs } from '../../../server/accounts/same-origin.ts';
import { AppError } from '../../../server/errors.ts';

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
    const access = createAccess({ keys: memoryKeyStore(), isLocalOnly: true, randomBytes });
    expect(access.requireActor(undefined)).toBe(LOCAL_PERSON);
  });

  it('asks for the printed key when the server listens on more than this computer', () => {
    const keys = memoryKeyStore();
    const access = createAccess({ keys, isLocalOnly: false, randomBytes });
    expect(codeOf(() => access.requireActor('Bearer anything'))).toBe('access.key-wrong');
    const { key, isNew } = ensureCommandKey(keys, randomBytes);
    expect(isNew).toBe(true);
    expect(codeOf(() => access.requireActor(undefined))).toBe('access.key-missing');
    expect(codeOf(() => access.requireActor(`Bearer ${key}x`))).toBe('access.key-wrong');
    expect(codeOf(() => access.requireActor(`Basic ${key}`))).toBe('access.key-missing');
    expect(access.requireActor(`Bearer ${key}`)).toBe(LOCAL_PERSON);
    expect(ensureCommandKey(keys, randomBytes)).toEqual({ key, isNew: false });
  });

  it('knows each bridge by its own key, and the former key ends when a new one is issued', () => {
    const access = createAccess({ keys: memoryKeyStore(), isLocalOnly: true, randomBytes });
    const north = access.issueBridgeKey('north');
    const south = access.issueBridgeKey('south');
    expect(access.requireBridge(`Bearer ${north}`)).toBe('north');
    expect(access.isBridge('south', south)).toBe(true);
    expect(access.isBridge('south', north)).toBe(false);
    expect(access.isBridge('nobody', north)).toBe(false);
    const renewed = access.issueBridgeKey('north');
    expect(codeOf(() => access.requireBridge(`Bearer ${north}`))).toBe('access.key-wrong');
    expect(access.requireBridge(`Bearer ${renewed}`)).toBe('north');
    expect(codeOf(() => access.requireBridge(undefined))).toBe('access.key-missing');
  });

  it('does not take the command key for a bridge key, nor the other way round', () => {
    const keys = memoryKeyStore();
    const access = createAccess({ keys, isLocalOnly: false, randomBytes });
    const { key } = ensureCommandKey(keys, randomBytes);
    const bridgeKey = access.issueBridgeKey('north');
    expect(codeOf(() => access.requireBridge(`Bearer ${key}`))).toBe('access.key-wrong');
    expect(codeOf(() => access.requireActor(`Bearer ${bridgeKey}`))).toBe('access.key-wrong');
  });
});

describe('the key store', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'commonwright-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps hashes of bridge keys over a restart, in files only the server can read', () => {
    const place = join(folder, 'private');
    const first = createAccess({ keys: openKeyStore(place), isLocalOnly: true, randomBytes });
    const key = first.issueBridgeKey('north');
    const file = join(place, 'bridge-keys.json');
    expect(readFileSync(file, 'utf8')).not.toContain(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(place).mode & 0o777).toBe(0o700);
    const second = createAccess({ keys: openKeyStore(place), isLocalOnly: true, randomBytes });
    expect(second.requireBridge(`Bearer ${key}`)).toBe('north');
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

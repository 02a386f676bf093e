import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '#contract/bytes.ts';
import { verifyEntryProof } from '#contract/entry-proof.ts';
import { signingBytes } from '#contract/log-entry.ts';
import { AppError } from '../../../server/errors.ts';
import { createLedger, type Ledger } from '../../../server/ledger/ledger.ts';
import { newLogKeys } from '../../../server/ledger/log-keys.ts';
import { sha256, verifyEd25519 } from '../../../server/ledger/node-crypto.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import type { Storage, StoredCommit } from '../../../server/storage/storage.ts';
import { verifyLog } from '../../support/verify-whole-log.ts';
import { type Counted, countingFold } from './counting-fold.ts';

const keys = newLogKeys();
const draft = (id: string = randomUUID(), stream = 'job/1', data: object = { words: 'é' }) => ({
  id,
  stream,
  type: 'job.opened',
  data,
});

function openLedger(
  storage: Storage,
  extra: { nowMs?: () => number; onStopped?: (error: unknown) => void; keys?: typeof keys } = {},
): Promise<Ledger<Counted>> {
  return createLedger({
    storage,
    fold: countingFold,
    keys,
    origin: 'test.example/log',
    nowMs: () => 1_000,
    newId: randomUUID,
    ...extra,
  });
}

const fetchFrom = (ledger: Ledger<Counted>) => async (path: string) => (await ledger.logFile(path))?.bytes;

/** A storage whose next reads of commits show one changed bit. */
function withFlippedBit(storage: Storage): Storage {
  const flip = (commit: StoredCommit): StoredCommit => {
    const bundle = Uint8Array.from(commit.bundle);
    bundle[40] = (bundle[40] ?? 0) ^ 1;
    return { ...commit, bundle };
  };
  return { ...storage, commits: async (from, limit) => (await storage.commits(from, limit)).map(flip) };
}

describe('the ledger', () => {
  it('appends what commands decide and links the entries of each stream', async () => {
    const ledger = await openLedger(createMemoryStorage());
    const heard: number[] = [];
    ledger.subscribe((entries) => heard.push(...entries.map(({ index }) => index)));
    const { entries } = await ledger.submit(() => [draft(), draft(undefined, 'job/2'), draft()]);
    expect(entries.map(({ index, log }) => [index, log.rev])).toEqual([
      [0, 0],
      [1, 0],
      [2, 1],
    ]);
    expect(entries[0]?.log.prev).toBeNull();
    expect(entries[2]?.log.prev).toBe(toBase64Url(entries[0]?.leafHash ?? new Uint8Array()));
    expect(heard).toEqual([0, 1, 2]);
    expect(ledger.size()).toBe(3);
    expect((await ledger.entriesOfStream('job/1')).map(({ index }) => index)).toEqual([0, 2]);
    expect(await ledger.entryById(entries[1]?.body.id ?? '')).toEqual(entries[1]);
    await ledger.close();
  });

  it('decides each command on the state after the one before it, also within one commit', async () => {
    const storage = createMemoryStorage();
    const ledger = await openLedger(storage);
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        ledger.submit((state) => {
          seen.push(state.entries);
          return [draft()];
        }),
      ),
    );
    expect(seen).toEqual(Array.from({ length: 20 }, (_, at) => at));
    expect((await storage.commits(0, 100)).length).toBeLessThan(20);
    await ledger.close();
  });

  it('lets a refusal change nothing and reach only its own command', async () => {
    const ledger = await openLedger(createMemoryStorage());
    const refusal = new AppError('bad-input', 'no');
    const [refused, kept, nothing] = await Promise.allSettled([
      ledger.submit(() => {
        throw refusal;
      }),
      ledger.submit(() => [draft()]),
      ledger.submit(() => []),
    ]);
    expect(refused).toEqual({ status: 'rejected', reason: refusal });
    expect(kept?.status).toBe('fulfilled');
    expect(nothing).toEqual({ status: 'fulfilled', value: { entries: [] } });
    expect(ledger.size()).toBe(1);
    await ledger.close();
  });

  it('gives a repeated command its old receipt, also in the same commit, and appends none of it again', async () => {
    const ledger = await openLedger(createMemoryStorage());
    const id = randomUUID();
    const command = () => ledger.submit(() => [draft(id), draft()]);
    const [first, second] = await Promise.all([command(), command()]);
    const third = await command();
    expect(second?.entries).toEqual(first?.entries.slice(0, 1));
    expect(third.entries).toEqual(second?.entries);
    expect(ledger.size()).toBe(2);
    await ledger.close();
  });

  it('refuses an id that was used for something else', async () => {
    const ledger = await openLedger(createMemoryStorage());
    const id = randomUUID();
    await ledger.submit(() => [draft(id)]);
    await expect(ledger.submit(() => [draft(), draft(id, 'job/2')])).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect(ledger.size()).toBe(1);
    await ledger.close();
  });

  it('keeps the signatures that come with a draft when they are right, adds its own, and refuses wrong ones', async () => {
    const ledger = await openLedger(createMemoryStorage());
    const bridge = newLogKeys().entries;
    const made = draft();
    const sig = toBase64Url(bridge.sign(signingBytes({ ...made, data: { words: 'é' }, v: 1 })));
    const sigs = [{ kid: bridge.didKey, sig }];
    const { entries } = await ledger.submit(() => [{ ...made, sigs }]);
    expect(entries[0]?.sigs.map(({ kid }) => kid)).toEqual([bridge.didKey, keys.entries.didKey]);
    await expect(ledger.submit(() => [{ ...draft(), sigs }])).rejects.toMatchObject({ kind: 'not-allowed' });
    expect(ledger.size()).toBe(1);
    await ledger.close();
  });

  it('does not sign what stands alone with the signature of its author', async () => {
    const ledger = await openLedger(createMemoryStorage());
    const person = newLogKeys().entries;
    const made = draft();
    const sig = toBase64Url(person.sign(signingBytes({ ...made, data: { words: 'é' }, v: 1 })));
    const sigs = [{ kid: person.didKey, sig }];
    const { entries } = await ledger.submit(() => [draft(), { ...made, sigs, standsAlone: true }, draft()]);
    const [server, author] = [keys.entries.didKey, person.didKey];
    expect(entries.flatMap(({ sigs: all }) => all.map(({ kid }) => kid))).toEqual([server, author, server]);
    await ledger.close();
  });

  it('refuses what an entry cannot carry', async () => {
    const ledger = await openLedger(createMemoryStorage());
    await expect(ledger.submit(() => [draft(undefined, 'a', { mm: 1.5 })])).rejects.toThrow(/not whole/);
    await expect(
      ledger.submit(() => [draft(undefined, 'a', { text: 'x'.repeat(40_000) })]),
    ).rejects.toMatchObject({
      kind: 'too-much',
    });
    await expect(ledger.submit(() => Array.from({ length: 600 }, () => draft()))).rejects.toMatchObject({
      kind: 'too-much',
    });
    expect(ledger.size()).toBe(0);
    await ledger.close();
  });

  it('never lets time run back', async () => {
    const times = [5_000, 4_000, 6_000];
    let now = 0;
    const ledger = await openLedger(createMemoryStorage(), { nowMs: () => now });
    for (const time of times) {
      now = time;
      await ledger.submit(() => [draft()]);
    }
    expect((await ledger.entries(0, 3)).map(({ log }) => log.time)).toEqual([5_000, 5_000, 6_000]);
    await ledger.close();
  });

  it('is after a restart what it was before', async () => {
    const storage = createMemoryStorage();
    const ledger = await openLedger(storage);
    for (let at = 0; at < 30; at += 1)
      await ledger.submit(() => [draft(undefined, `job/${at % 4}`), draft()]);
    const head = await ledger.head();
    await ledger.close();
    const again = await openLedger(storage);
    expect(again.state()).toEqual(ledger.state());
    expect(await again.head()).toEqual(head);
    await again.submit(() => [draft()]);
    expect(await verifyLogAfterHead(again)).toMatchObject({ verified: true, size: 61 });
    await again.close();
  });

  it('proves an entry as soon as it is acknowledged, and a page can follow the proof', async () => {
    const ledger = await openLedger(createMemoryStorage());
    for (let at = 0; at < 7; at += 1) await ledger.submit(() => [draft()]);
    const { verifierKey } = await ledger.head();
    const tools = { sha256, verify: verifyEd25519 };
    for (let index = 0; index < 7; index += 1) {
      const proof = await ledger.proof(index);
      if (proof === undefined) throw new Error(`no proof of ${index}`);
      const verdict = verifyEntryProof(proof, verifierKey, tools);
      expect(verdict).toMatchObject({ ok: true });
      expect(verdict.rungs).toHaveLength(proof.hashes.length);
      const fault = (changed: object) => {
        const bad = verifyEntryProof({ ...proof, ...changed }, verifierKey, tools);
        return bad.ok ? 'none' : bad.fault;
      };
      expect(fault({ leaf: proof.leaf.replace('é', 'e') })).toBe('wrong-root');
      expect(fault({ checkpoint: proof.checkpoint.replace('test.example', 'tost.example') })).toBe(
        'wrong-log',
      );
      expect(fault({ size: 6, index: 0 })).not.toBe('none');
      expect(fault({ hashes: ['no base64'] })).toBe('malformed');
    }
    expect(await ledger.proof(7)).toBeUndefined();
    await ledger.close();
  });

  async function verifyLogAfterHead(ledger: Ledger<Counted>) {
    const { verifierKey } = await ledger.head();
    return verifyLog(fetchFrom(ledger), verifierKey);
  }

  it('is verified from the outside over more than two tiles, and every kind of change is found', async () => {
    const ledger = await openLedger(createMemoryStorage());
    for (let at = 0; at < 6; at += 1)
      await ledger.submit(() => Array.from({ length: 100 }, (_, n) => draft(undefined, `job/${n % 7}`)));
    expect(await verifyLogAfterHead(ledger)).toMatchObject({ verified: true, size: 600 });
    const fetchPath = fetchFrom(ledger);
    const changed = (wanted: string, change: (bytes: Uint8Array) => void) =>
      verifyLog(async (path) => {
        const bytes = await fetchPath(path);
        if (bytes === undefined || path !== wanted) return bytes;
        const copy = Uint8Array.from(bytes);
        change(copy);
        return copy;
      });
    const flip = (at: number) => (bytes: Uint8Array) => {
      bytes[at] = (bytes[at] ?? 0) ^ 1;
    };
    expect(await changed('tile/entries/001', flip(30))).toMatchObject({ verified: false, index: 256 });
    expect(await changed('tile/0/002.p/88', flip(32 * 3))).toMatchObject({ verified: false, index: 515 });
    expect(await changed('checkpoint', flip(20))).toMatchObject({ verified: false });
    await expect(verifyLog(fetchPath, 'nonsense')).rejects.toThrow(TypeError);
    await ledger.close();
  });

  it('finds a bit that was flipped in the store before it signs, and writes nothing more', async () => {
    const storage = createMemoryStorage();
    let isBad = false;
    const failing: Storage = {
      ...storage,
      commits: (from, limit) => (isBad ? withFlippedBit(storage) : storage).commits(from, limit),
    };
    const stopped: unknown[] = [];
    const ledger = await openLedger(failing, { onStopped: (error) => stopped.push(error) });
    isBad = true;
    await ledger.submit(() => [draft()]);
    await expect(ledger.head()).rejects.toThrow(/commit 0 .*was changed/);
    expect(stopped).toHaveLength(1);
    expect((await storage.last('cp/'))?.key).toBe('cp/0000000000000000');
    await expect(ledger.submit(() => [draft()])).rejects.toMatchObject({ kind: 'unavailable' });
    await ledger.close();
    await expect(openLedger(failing)).rejects.toThrow(/Nothing more will be signed/);
  });

  it('does not start over a store that is older than what it signed, or signed by another key', async () => {
    const storage = createMemoryStorage();
    const ledger = await openLedger(storage);
    await ledger.submit(() => [draft()]);
    await ledger.submit(() => [draft()]);
    await ledger.close();
    const older: Storage = {
      ...storage,
      commits: async (from, limit) => (from > 0 ? [] : storage.commits(0, Math.min(1, limit))),
    };
    await expect(openLedger(older)).rejects.toThrow(/signed, but the store holds 1/);
    await expect(openLedger(storage, { keys: newLogKeys() })).rejects.toThrow(/another key/);
  });

  it('shows a reader nothing that is not stored yet, while the next command is decided on it', async () => {
    const storage = createMemoryStorage();
    let store: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      store = resolve;
    });
    const slow: Storage = {
      ...storage,
      putCommit: async (commit, rows) => {
        await gate;
        return storage.putCommit(commit, rows);
      },
    };
    const ledger = await openLedger(slow);
    const decidedOn: number[] = [];
    const commands = [1, 2].map(() =>
      ledger.submit((state) => {
        decidedOn.push(state.entries);
        return [draft()];
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(decidedOn).toEqual([0, 1]);
    expect([ledger.state().entries, ledger.size()]).toEqual([0, 0]);
    const heard: number[] = [];
    ledger.subscribe((entries) => heard.push(entries.length, ledger.state().entries));
    store();
    await Promise.all(commands);
    expect([ledger.state().entries, ledger.size()]).toEqual([2, 2]);
    expect(heard).toEqual([2, 2]);
    await ledger.close();
  });

  it('stops for good when a commit cannot be stored, and settles everyone who waits', async () => {
    const storage = createMemoryStorage();
    const failing: Storage = { ...storage, putCommit: () => Promise.reject(new Error('disk full')) };
    const stopped: unknown[] = [];
    const ledger = await openLedger(failing, { onStopped: (error) => stopped.push(error) });
    const results = await Promise.allSettled([1, 2, 3].map(() => ledger.submit(() => [draft()])));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(ledger.submit(() => [draft()])).rejects.toMatchObject({ kind: 'unavailable' });
    expect(stopped).toHaveLength(1);
    expect([ledger.state().entries, ledger.size()]).toEqual([0, 0]);
  });
});

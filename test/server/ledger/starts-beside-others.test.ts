import { describe, expect, it } from 'vitest';
import { AppError } from '../../../server/errors.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import type { Storage } from '../../../server/storage/storage.ts';
import { counted } from './counting-fold.ts';
import { fill, openTestLedger, testDraft } from './open-test-ledger.ts';

const away = new AppError('unavailable', 'away', { code: 'storage.out-of-reach' });

/** The same store for several ledgers, each of which may be closed. */
function shared(storage: Storage, over: Partial<Storage> = {}): Storage {
  return { ...storage, ...over, close: async () => {} };
}

describe('a ledger that starts on a store that others write to', () => {
  it('finds the end of a stream in one look, however many entries came after the snapshot', async () => {
    const storage = createMemoryStorage();
    const one = await openTestLedger(shared(storage), { isShared: true, snapshotEntries: 50 });
    await fill(one, 60);
    await one.published();
    await one.close();
    const other = await openTestLedger(shared(storage), { isShared: true });
    for (let made = 0; made < 40; made += 1) await other.submit(() => [testDraft(undefined, 'job/1')]);
    await other.close();
    let looks = 0;
    const looking = shared(storage, {
      lastOfStream: (stream) => {
        looks += 1;
        return storage.lastOfStream(stream);
      },
      rowsOfStream: (...place) => {
        looks += 1;
        return storage.rowsOfStream(...place);
      },
    });
    const late = await openTestLedger(looking, { isShared: true, snapshotEntries: 50 });
    expect(late.state()).toEqual(counted(await late.entries(0, 100)));
    // The streams that have entries after the snapshot, each once.
    expect(looks).toBeLessThanOrEqual(11);
    await late.close();
  });

  it('is not taken for an old copy when others sign while it reads', async () => {
    const storage = createMemoryStorage();
    const one = await openTestLedger(shared(storage), { isShared: true });
    await fill(one, 10);
    await one.published();
    // At the end of each reading somebody has appended and signed once more.
    let more = 20;
    const busy = shared(storage, {
      async commits(from, limit) {
        const run = await storage.commits(from, limit);
        if (run.length === 0 && more > 0) {
          more -= 1;
          await one.submit(() => [testDraft()]);
          await one.published();
        }
        return run;
      },
    });
    const pauses: number[] = [];
    const other = await openTestLedger(busy, {
      isShared: true,
      after(ms, call) {
        pauses.push(ms);
        const waiting = setTimeout(call, 0);
        return () => clearTimeout(waiting);
      },
    });
    expect(pauses.filter((ms) => ms === 200).length).toBeLessThanOrEqual(1);
    await other.close();
    await one.close();
  });

  it('goes on where the checkpoint that it would sign was signed and forgotten by another', async () => {
    const storage = createMemoryStorage();
    const stopped: unknown[] = [];
    const late = shared(storage, {
      async putIfAbsent(key, value) {
        if (!key.startsWith('cp/')) return storage.putIfAbsent(key, value);
        await storage.remove([key]);
        return 'exists';
      },
    });
    const ledger = await openTestLedger(late, { isShared: true, onStopped: (error) => stopped.push(error) });
    await fill(ledger, 3);
    expect((await ledger.published()).size).toBe(3);
    expect(stopped).toEqual([]);
    await ledger.close();
  });

  it('opens though the store is away when it would sign, and signs when it is back', async () => {
    const storage = createMemoryStorage();
    let isAway = true;
    const leaving = shared(storage, {
      putIfAbsent: (key, value) => (isAway ? Promise.reject(away) : storage.putIfAbsent(key, value)),
    });
    const stopped: unknown[] = [];
    const ledger = await openTestLedger(leaving, {
      isShared: true,
      onStopped: (error) => stopped.push(error),
    });
    await fill(ledger, 3);
    await expect(ledger.published()).rejects.toBe(away);
    isAway = false;
    expect((await ledger.published()).size).toBe(3);
    expect(stopped).toEqual([]);
    await ledger.close();
  });

  it('is not stopped by being closed before the store has been read through', async () => {
    const storage = createMemoryStorage();
    const one = await openTestLedger(shared(storage));
    await fill(one, 2_000);
    await one.published();
    await one.close();
    const stopped: unknown[] = [];
    const other = await openTestLedger(shared(storage), {
      snapshotEntries: 10,
      onStopped: (error) => stopped.push(error),
    });
    await other.close();
    expect(stopped).toEqual([]);
  });
});

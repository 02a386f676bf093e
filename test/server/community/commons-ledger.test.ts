import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openCommonsLedger } from '../../../server/community/commons-ledger.ts';
import { COMMUNITY, foundHouse } from '../../../server/community/founding.ts';
import { type LogKeys, newLogKeys } from '../../../server/ledger/log-keys.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';
import type { Storage } from '../../../server/storage/storage.ts';

const open = (storage: Storage, keys: LogKeys) =>
  openCommonsLedger({
    ...{ storage, keys, isShared: true, newId: randomUUID, nowMs: Date.now },
    onStopped: (error) => {
      throw error;
    },
  });
const names = { community: 'Workshop', localPerson: 'You' };

/** The store outlives the ledgers that are opened over it. */
function keptStorage(): Storage {
  return { ...createMemoryStorage(), close: async () => {} };
}

describe('the ledger of a community', () => {
  it('is founded once by servers that begin it together with the same keys', async () => {
    const [storage, keys] = [keptStorage(), newLogKeys()];
    const both = await Promise.all([open(storage, keys), open(storage, keys)]);
    await Promise.all(both.map((ledger) => foundHouse(ledger, names, keys)));
    for (const ledger of both) await ledger.refresh();
    const [one, other] = both;
    expect(one.size()).toBe(other.size());
    const adopted = await one.entriesOfStream(`community/${COMMUNITY}`);
    expect(adopted.filter(({ body }) => body.type === 'rulepack.adopted')).toHaveLength(1);
    for (const ledger of both) await ledger.close();
  });

  it('is refused to a server with other keys, which hears what to copy', async () => {
    const storage = keptStorage();
    const keys = newLogKeys();
    const first = await open(storage, keys);
    // Also before anything was signed, when two servers with keys of their own begin at the same moment.
    await expect(open(storage, newLogKeys())).rejects.toThrow(/Copy the private folder \(PRIVATE_DIR\)/);
    await foundHouse(first, names, keys);
    await first.close();
    await expect(open(storage, newLogKeys())).rejects.toThrow(/Copy the private folder \(PRIVATE_DIR\)/);
    const again = await open(storage, keys);
    expect(again.size()).toBeGreaterThan(0);
    await again.close();
  });
});

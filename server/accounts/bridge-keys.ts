import { hashOfKey } from './keys.ts';

/**
 * Keys of labs' bridges, as hashes in the store that all servers of a ledger share: a key that one of them issues is good
 * at all of them at once, and the former one ends at all of them. Values in the store are no part of the log and are
 * never served.
 */

/** What is needed of the store: values that once put stay as they are. */
export interface SharedValues {
  putIfAbsent(key: string, value: Uint8Array): Promise<'stored' | 'exists'>;
  get(key: string): Promise<Uint8Array | undefined>;
  /** The greatest key with a prefix. */
  last(prefix: string): Promise<{ key: string; value: Uint8Array } | undefined>;
}

export interface BridgeKeys {
  /** The lab whose newest key this is. */
  labOf(key: string): Promise<string | undefined>;
  /** Makes a key's hash the newest of a lab. Durable when it resolves. */
  keep(lab: string, hash: string): Promise<void>;
  /** Takes over what an earlier version kept in a file, for labs that have no key here. */
  adopt(former: Iterable<readonly [lab: string, hash: string]>): Promise<void>;
}

/** So many keys of one lab sort in their order. */
const NUMBER_DIGITS = 8;

const numbersOf = (lab: string) => `access/bridge/${lab}/`;
const placeOf = (hash: string) => `access/bridge-key/${hash}`;

/** A key is found by its own hash, so that a flood of wrong ones costs one look-up each and is never compared with anything. */
export function openBridgeKeys(values: SharedValues): BridgeKeys {
  const newestHash = async (lab: string) => textOf((await values.last(numbersOf(lab)))?.value);

  const keep = async (lab: string, hash: string) => {
    // First where it is found, then what makes it the newest: a crash in between leaves the former key good.
    await values.putIfAbsent(placeOf(hash), bytesOf(lab));
    for (;;) {
      const newest = await values.last(numbersOf(lab));
      const number = newest === undefined ? 0 : Number(newest.key.slice(numbersOf(lab).length)) + 1;
      const key = numbersOf(lab) + String(number).padStart(NUMBER_DIGITS, '0');
      // Taken where another server issues one for the same lab at this moment: the later one counts.
      if ((await values.putIfAbsent(key, bytesOf(hash))) === 'stored') return;
    }
  };

  return {
    keep,
    async labOf(key) {
      const hash = hashOfKey(key);
      const lab = textOf(await values.get(placeOf(hash)));
      return lab !== undefined && (await newestHash(lab)) === hash ? lab : undefined;
    },
    async adopt(former) {
      for (const [lab, hash] of former) if ((await newestHash(lab)) === undefined) await keep(lab, hash);
    },
  };
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('utf8');
}

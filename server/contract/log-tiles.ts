/** Paths and entry bundles of C2SP tlog-tiles v1: a log served as files. */

export const TILE_WIDTH = 256;
/** An entry's largest size in canonical JSON, far below what the two bytes of its length can say; files are cited by hash. */
export const LEAF_BYTES_MAX = 32 * 1024;
/** The length of an entry is written in two bytes. */
const ENTRY_BYTES_MAX = 65_535;
/** 256^8 leaves are more than any number here can count. */
const LEVEL_MAX = 5;

export interface TileAddress {
  /** `entries`, or the level of a hash tile: one hash of level l covers 256^l leaves. */
  level: number | 'entries';
  index: number;
  /** How many entries or hashes, 1 to 256. */
  width: number;
}

/** The path under the log's prefix, e.g. `tile/0/x001/x234/067.p/8`. */
export function tilePath({ level, index, width }: TileAddress): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/[0-9]{3}/g) ?? [];
  const number = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${level}/${number}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Undefined for anything but the one spelling of a tile's path. */
export function parseTilePath(path: string): TileAddress | undefined {
  const match = /^tile\/(entries|[0-9])\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(
    path,
  );
  if (match === null) return undefined;
  const [, levelText = '', number = '', widthText] = match;
  const level = levelText === 'entries' ? 'entries' : Number(levelText);
  const index = Number(number.replaceAll(/[x/]/g, ''));
  const address: TileAddress = {
    level,
    index,
    width: widthText === undefined ? TILE_WIDTH : Number(widthText),
  };
  if ((level !== 'entries' && level > LEVEL_MAX) || !Number.isSafeInteger(index)) return undefined;
  return tilePath(address) === path ? address : undefined;
}

/** Entries as a bundle: each with its length in two bytes, highest first. */
export function frameEntries(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((length, entry) => length + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > ENTRY_BYTES_MAX) throw new RangeError(`an entry has at most ${ENTRY_BYTES_MAX} bytes`);
    bundle[at] = entry.length >> 8;
    bundle[at + 1] = entry.length & 255;
    bundle.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bundle;
}

/** @throws RangeError where a length leads beyond the end. */
export function readBundle(bundle: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length; ) {
    const length = ((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0);
    const end = at + 2 + length;
    if (end > bundle.length) throw new RangeError('the bundle ends in the middle of an entry');
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

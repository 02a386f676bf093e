/**
 * Deeper nesting than any entry needs; keeps a hostile value from exhausting the stack.
 * Counted in objects and arrays around a scalar.
 */
export const JSON_DEPTH_MAX = 16;

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * JSON in the canonical form of RFC 8785: no white space, keys sorted by UTF-16 code units, numbers and strings as
 * ECMAScript writes them, no Unicode normalisation. A member that is undefined is left out, as `JSON.stringify` does.
 * @throws TypeError for what JSON cannot say: NaN, infinities, lone surrogates, functions, bigints, too deep nesting.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`JSON has no number ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw new TypeError(`JSON has no ${typeof value}`);
  if (depth >= JSON_DEPTH_MAX) throw new TypeError(`JSON is nested deeper than ${JSON_DEPTH_MAX} levels`);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  return writeObject(value, depth + 1);
}

function writeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A Date or a Map would quietly become something else.
  if (prototype !== null && prototype !== Object.prototype)
    throw new TypeError('JSON has only plain objects and arrays');
  const members = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of inOrder(Object.keys(members))) {
    const member = members[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${writeString(key)}:${write(member, depth)}`;
  }
  return `{${text}}`;
}

/** More members than this are rare, and sorted by the engine: inserting them one by one would take too long. */
const FEW = 16;

/** By UTF-16 code units, as RFC 8785 §3.2.3 asks. Few keys, mostly in order already, are sorted in place without garbage. */
function inOrder(keys: string[]): string[] {
  if (keys.length > FEW) return keys.sort();
  for (let at = 1; at < keys.length; at += 1) {
    const key = keys[at] ?? '';
    let to = at;
    for (let before = keys[to - 1]; before !== undefined && before > key; before = keys[to - 1]) {
      keys[to] = before;
      to -= 1;
    }
    keys[to] = key;
  }
  return keys;
}

/** ASCII without what JSON escapes: nearly every name, and most values. */
const PLAIN = /^[ !#-[\]-~]*$/;

function writeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (LONE_SURROGATE.test(text)) throw new TypeError('JSON text holds half of a surrogate pair');
  return JSON.stringify(text);
}

/**
 * Parses JSON and accepts it only in canonical form: one comparison refuses repeated keys, white space,
 * other escapes, other spellings of a number and a byte order mark.
 * @throws TypeError or SyntaxError where the text is not canonical JSON.
 */
export function assertCanonical(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (canonicalJson(value) !== text) throw new TypeError('the JSON is not in canonical form (RFC 8785)');
  return value;
}

/** Whether every number within is a whole one that no reader rounds: entries carry no floating point. */
export function hasOnlyWholeNumbers(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(hasOnlyWholeNumbers);
}

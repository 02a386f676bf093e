/** A value written with sorted keys, so that two values with the same content give the same text. */
export function contentText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

export function hasSameContent(a: unknown, b: unknown): boolean {
  return contentText(a) === contentText(b);
}

/** Order of two names by their code units: the same everywhere, whatever the language of the computer. */
export function compared(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

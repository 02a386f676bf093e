/** As much as the protocol lets a sentence have. */
const CHARACTERS_MAX = 500;

/** What went wrong, as a sentence for people. */
export function sentenceOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, CHARACTERS_MAX);
}

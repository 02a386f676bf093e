import { utf8 } from '#contract/bytes.ts';
import type { NoteKey } from '#contract/signed-note.ts';
import type { Policy } from '#contract/tlog-policy.ts';
import { type AskableWitness, askWitness, checkpointOf, shownByWitness } from '../witness/ask-witness.ts';
import { hashOfOrigin } from '../witness/seen-checkpoints.ts';
import { wordsOf } from './log-files.ts';
import type { KeptCheckpoint } from './restore.ts';
import { openCheckpoint } from './signed-checkpoint.ts';

/**
 * What the witnesses of a log have seen of it. One that does not show its checkpoints is asked for its size with the
 * newest checkpoint at hand; one that does not answer is passed over, since the server asks it again before it signs.
 */
export async function seenByWitnesses(
  policy: Policy,
  parts: { key: NoteKey; newest: string; fetch: typeof fetch; say: (sentence: string) => void },
): Promise<KeptCheckpoint[]> {
  const kept: KeptCheckpoint[] = [];
  for (const { url, ...witness } of policy.witnesses) {
    if (url === undefined) continue;
    const whose = `the witness ${witness.name}`;
    try {
      const seen = await seenBy({ ...witness, url }, whose, parts);
      if (seen !== undefined) kept.push({ checkpoint: seen, whose });
    } catch (error) {
      parts.say(`${whose} could not be asked: ${wordsOf(error)}.`);
    }
  }
  return kept;
}

async function seenBy(
  witness: AskableWitness,
  whose: string,
  { key, newest, fetch }: { key: NoteKey; newest: string; fetch: typeof globalThis.fetch },
): Promise<KeptCheckpoint['checkpoint'] | undefined> {
  const shown = await shownByWitness(fetch, witness, hashOfOrigin(key.name));
  if (shown !== undefined) return openCheckpoint(utf8(shown), key, whose);
  const asking = { fetch, proof: () => Promise.reject(new Error('it shows no checkpoint to compare with')) };
  const word = await askWitness(asking, witness, newest, 0);
  if (word.kind === 'silent') throw new Error(word.why);
  const { origin, size, root } = checkpointOf(newest);
  if (word.kind === 'larger') return { origin, size: word.size, root };
  // A root that no tree has: the sizes are the same, the trees are not.
  return word.kind === 'other' ? { origin, size, root: new Uint8Array(root.length) } : undefined;
}

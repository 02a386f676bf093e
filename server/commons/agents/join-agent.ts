import type { EntryData } from '#contract/entries.ts';
import { AppError } from '../../errors.ts';
import { type Context, type Draft, draft, streams } from '../fact.ts';
import type { CommonsState } from '../state.ts';

/**
 * A person, lab, community or fund joins under a public name. Joining again with the same name changes nothing.
 * @throws AppError `agent.taken` where the id belongs to somebody else.
 */
export function joinAgent(
  state: CommonsState,
  { agent, kind, name }: EntryData<'agent.joined'>,
  context: Context,
): Draft[] {
  const there = state.agents.get(agent);
  if (there === undefined)
    return [draft('agent.joined', streams.agent(agent), context.newId(), { agent, kind, name })];
  if (there.kind === kind && there.name === name) return [];
  throw new AppError(
    'conflict',
    `The name "${agent}" is already used by ${there.name}. Choose another one.`,
    { code: 'agent.taken', details: { agent, name: there.name } },
  );
}

// A slug has at most 63 characters; three are kept for a number that tells namesakes apart.
const NAME_PART_MAX = 60;

/**
 * The agent that a contributor's name stands for: the one who joined under exactly this name, or the first free id
 * made from it (`Ada Lovelace` → `ada-lovelace`, a namesake in letters only → `ada-lovelace-2`).
 */
export function agentForName(
  name: string,
  kindOf: (agent: string) => { name: string; kind: string } | undefined,
) {
  const base = slugOf(name);
  for (let number = 1; ; number += 1) {
    const agent = number === 1 ? base : `${base}-${number}`;
    const there = kindOf(agent);
    if (there === undefined) return { agent, isNew: true };
    if (there.kind === 'person' && there.name === name) return { agent, isNew: false };
  }
}

function slugOf(name: string): string {
  const letters = name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, NAME_PART_MAX)
    .replace(/^-+|-+$/g, '');
  return letters === '' ? 'contributor' : letters;
}

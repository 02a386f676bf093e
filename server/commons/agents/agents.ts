import type { EntryData } from '#contract/entries.ts';
import type { RecordedEntry } from '../fact.ts';

export interface Agent {
  readonly agent: string;
  readonly kind: EntryData<'agent.joined'>['kind'];
  readonly name: string;
  /** did:keys ever enrolled for it; what they are for and whether they count stands in the state's `keys`. */
  readonly keys: readonly string[];
  /** Contributions that it has logged itself. */
  readonly contributions: number;
}

export type Agents = Map<string, Agent>;

export function evolveAgents(agents: Agents, { body }: RecordedEntry): void {
  switch (body.type) {
    case 'agent.joined': {
      const { agent, kind, name } = body.data;
      const { keys, contributions } = agents.get(agent) ?? { keys: [], contributions: 0 };
      agents.set(agent, { agent, kind, name, keys, contributions });
      return;
    }
    case 'key.enrolled':
      addKey(agents, body.data.agent, body.data.key);
      return;
    case 'bridge.paired':
      addKey(agents, body.data.lab, body.data.key);
      return;
    case 'contribution.logged': {
      const there = agents.get(body.data.agent);
      if (there !== undefined) agents.set(there.agent, { ...there, contributions: there.contributions + 1 });
      return;
    }
    default:
  }
}

function addKey(agents: Agents, agent: string, key: string): void {
  const there = agents.get(agent);
  if (there !== undefined && !there.keys.includes(key))
    agents.set(agent, { ...there, keys: [...there.keys, key] });
}

import type { EntryData } from '#contract/entries.ts';
import type { RecordedEntry } from '../fact.ts';

export interface Agent {
  agent: string;
  kind: EntryData<'agent.joined'>['kind'];
  name: string;
  keys: readonly { key: string; purpose: EntryData<'key.enrolled'>['purpose'] }[];
}

export type Agents = Map<string, Agent>;

export function evolveAgents(agents: Agents, { body }: RecordedEntry): void {
  if (body.type === 'agent.joined') {
    const { agent, kind, name } = body.data;
    agents.set(agent, { agent, kind, name, keys: agents.get(agent)?.keys ?? [] });
  } else if (body.type === 'key.enrolled') {
    const { agent, key, purpose } = body.data;
    const there = agents.get(agent);
    if (there !== undefined) agents.set(agent, { ...there, keys: [...there.keys, { key, purpose }] });
  }
}

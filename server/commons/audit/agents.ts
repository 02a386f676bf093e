import { enrolKey, revokeKey } from '../agents/enrol-key.ts';
import { joinAgent } from '../agents/join-agent.ts';
import type { RecordedEntry } from '../fact.ts';
import type { CommonsState } from '../state.ts';
import { askAgain, type Fault } from './audited-entry.ts';

/** Agents, their keys, and what they say that they gave. */
export function agentFault(state: CommonsState, entry: RecordedEntry): Fault {
  const { body } = entry;
  switch (body.type) {
    case 'agent.joined':
      return askAgain(entry, (context) => joinAgent(state, body.data, context));
    case 'key.enrolled': {
      const { agent, key, purpose } = body.data;
      if (purpose === 'bridge') return 'the key of a bridge is enrolled by pairing it with its lab';
      return askAgain(entry, (context) => enrolKey(state, { agent, key, purpose }, context));
    }
    case 'key.revoked':
      return askAgain(entry, (context) => revokeKey(state, body.data, context));
    case 'contribution.logged': {
      const { agent, event } = body.data;
      if (!state.agents.has(agent)) return `there is no agent "${agent}"`;
      return event.provider === agent ? undefined : `it says what ${event.provider} gave, not ${agent}`;
    }
    default:
      return undefined;
  }
}

import type { EnrolKey, KeyView, RevokeKey } from '#contract/http.ts';
import { enrolKey, revokeKey } from '../commons/agents/enrol-key.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import { knownAgent } from '../commons/state.ts';

export interface AgentCommands {
  keys(agent: string): KeyView[];
  enrolKey(wish: EnrolKey & { agent: string }): Promise<{ isNew: boolean }>;
  revokeKey(wish: RevokeKey & { agent: string }): Promise<void>;
}

/** Keys with which people sign what they say, on devices of their own: the server never sees the other half. */
export function createAgentCommands(ledger: LedgerPort): AgentCommands {
  return {
    keys(agent) {
      const state = ledger.state();
      return knownAgent(state, agent).keys.flatMap((key) => {
        const there = state.keys.get(key);
        if (there === undefined) return [];
        const { purpose, enrolledAt, end } = there;
        return [{ key, purpose, enrolledAt, ...(end === undefined ? {} : { endedAt: end.at }) }];
      });
    },
    async enrolKey({ id, agent, key }) {
      const wish = { id, agent, key, purpose: 'person' as const };
      const { entries } = await ledger.submit((state, context) => enrolKey(state, wish, context));
      return { isNew: entries.length > 0 };
    },
    async revokeKey(wish) {
      await ledger.submit((state, context) => revokeKey(state, wish, context));
    },
  };
}

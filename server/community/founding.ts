import { LOCAL_PERSON } from '../accounts/access.ts';
import { joinAgent } from '../commons/agents/join-agent.ts';
import { defaultRulePack } from '../commons/charter/default-rule-pack.ts';
import { foundCommunity } from '../commons/charter/found-community.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';

/** The community of this server; its public name is what people read. */
export const COMMUNITY = 'community';

/** Founds the community and lets the local person join, where the ledger does not have them yet. */
export async function foundHouse(
  ledger: LedgerPort,
  names: { community: string; localPerson: string },
): Promise<void> {
  const { charter, agents } = ledger.state();
  // Names were chosen at the first start and stand in the ledger: a later setting does not rename anybody.
  if (charter.community === undefined) {
    const command = { community: COMMUNITY, name: names.community, rulePack: defaultRulePack };
    await ledger.submit((state, context) => foundCommunity(state, command, context));
  }
  if (!agents.has(LOCAL_PERSON)) {
    const command = { agent: LOCAL_PERSON, kind: 'person' as const, name: names.localPerson };
    await ledger.submit((state, context) => joinAgent(state, command, context));
  }
}

import type { EntryBody } from '#contract/log-entry.ts';
import { LOCAL_PERSON } from '../accounts/access.ts';
import { takeServerKey } from '../commons/agents/enrol-key.ts';
import { joinAgent } from '../commons/agents/join-agent.ts';
import { defaultRulePack } from '../commons/charter/default-rule-pack.ts';
import { foundCommunity } from '../commons/charter/found-community.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import { type LogKeys, signBody } from '../ledger/log-keys.ts';

/** The community of this server; its public name is what people read. */
export const COMMUNITY = 'community';

/**
 * Founds the community and lets the local person join, where the ledger does not have them yet. The key with which
 * the server signs its entries is enrolled for the community at the first start, and entered when it has changed.
 */
export async function foundHouse(
  ledger: LedgerPort,
  names: { community: string; localPerson: string },
  keys: Pick<LogKeys, 'entries' | 'previousEntries'>,
): Promise<void> {
  const { charter, agents } = ledger.state();
  // Names were chosen at the first start and stand in the ledger: a later setting does not rename anybody.
  if (charter.community === undefined) {
    const command = { community: COMMUNITY, name: names.community, rulePack: defaultRulePack };
    await ledger.submit((state, context) => foundCommunity(state, command, context));
  }
  const { entries, previousEntries: previous } = keys;
  const taking = {
    ...{ community: ledger.state().charter.community ?? COMMUNITY, key: entries.didKey },
    ...(previous === undefined ? {} : { signEarlier: (body: EntryBody) => signBody(previous, body) }),
  };
  await ledger.submit((state, context) => takeServerKey(state, taking, context));
  if (!agents.has(LOCAL_PERSON)) {
    const command = { agent: LOCAL_PERSON, kind: 'person' as const, name: names.localPerson };
    await ledger.submit((state, context) => joinAgent(state, command, context));
  }
}

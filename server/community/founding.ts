import { randomBytes } from 'node:crypto';
import { LOCAL_PERSON } from './accounts/access.ts';
import { joinAgent } from './commons/agents/join-agent.ts';
import { defaultRulePack } from './commons/charter/default-rule-pack.ts';
import { foundCommunity } from './commons/charter/found-community.ts';
import { AppError } from './errors.ts';
import type { LedgerPort } from './mqtt/coordinator-ports.ts';
import type { Ordering } from './ordering.ts';
import { designFolders, type Publishing, readPackageFolder } from './publishing.ts';

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

/**
 * Publishes the designs that came with the program; what is published already is left as it is. A folder that is not
 * a complete design is named and left out: it must not keep the whole server from starting.
 */
export async function publishBundledDesigns(
  publishing: Publishing,
  root: string,
  newId: () => string,
  say: (sentence: string) => void,
): Promise<void> {
  for (const folder of designFolders(root)) {
    try {
      const files = readPackageFolder(folder);
      await publishing.publishFiles({ id: newId(), files, by: COMMUNITY });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      say(`The design in ${folder} is not published: ${error.message}`);
    }
  }
}

/**
 * Evaluates every design once with its initial values, so that the gallery is quick for its first visitor; what was
 * evaluated before costs nothing. From the end of the alphabet, as the demonstration orders.
 */
export async function evaluateAhead(ledger: LedgerPort, ordering: Ordering): Promise<void> {
  // A design that cannot be evaluated says so to whoever looks at it; the server may also be stopping.
  for (const design of [...ledger.state().designs.keys()].sort().reverse())
    await ordering.quote({ design, parameters: {}, quantity: 1 }).catch(() => undefined);
}

/** UUIDv7 (RFC 9562 §5.7): ids sort in the order of their making. */
export function newId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

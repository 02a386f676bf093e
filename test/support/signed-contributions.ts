import { randomUUID } from 'node:crypto';
import { toBase64Url } from '#contract/bytes.ts';
import { type EntryBody, signingBytes } from '#contract/log-entry.ts';
import type { SignedEntry } from '#contract/signed-entries.ts';
import { enrolKey } from '../../server/commons/agents/enrol-key.ts';
import { joinAgent } from '../../server/commons/agents/join-agent.ts';
import { type CommonsLedger, openCommonsLedger } from '../../server/community/commons-ledger.ts';
import { foundHouse } from '../../server/community/founding.ts';
import { type LogKeys, newLogKeys, type SigningKey } from '../../server/ledger/log-keys.ts';
import type { Storage } from '../../server/storage/storage.ts';

/** The agent who contributes. */
export const CONTRIBUTOR = 'ada';

/** A founded community whose ledger lies in a storage, with a person who has a key of their own. */
export async function openFoundedLedger(
  storage: Storage,
  person: SigningKey,
  keys: LogKeys = newLogKeys(),
): Promise<CommonsLedger> {
  const ledger = await openCommonsLedger({
    ...{ storage, keys, nowMs: Date.now, newId: randomUUID },
    onStopped: () => {},
  });
  await foundHouse(ledger, { community: 'Test workshop', localPerson: 'You' }, keys);
  await ledger.submit((state, context) =>
    joinAgent(state, { agent: CONTRIBUTOR, kind: 'person', name: 'Ada' }, context),
  );
  await ledger.submit((state, context) =>
    enrolKey(state, { agent: CONTRIBUTOR, key: person.didKey, purpose: 'person' }, context),
  );
  return ledger;
}

/** Hours that somebody worked, signed with their key. */
export function signedContribution(person: SigningKey, changed: Partial<EntryBody> = {}): SignedEntry {
  const body: EntryBody = {
    id: randomUUID(),
    stream: `agent/${CONTRIBUTOR}`,
    type: 'contribution.logged',
    v: 1,
    data: {
      agent: CONTRIBUTOR,
      mode: 'claim',
      note: 'Sanded and oiled the shelves of the reading room.',
      event: {
        ...{ id: randomUUID(), action: 'work', provider: CONTRIBUTOR, receiver: 'community' },
        ...{ effortQuantity: { value: '5400', unit: 's' }, hasPointInTime: 1_763_759_640_123 },
      },
    },
    ...changed,
  };
  return { body, sigs: [{ kid: person.didKey, sig: toBase64Url(person.sign(signingBytes(body))) }] };
}

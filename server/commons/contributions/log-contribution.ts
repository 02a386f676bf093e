import { AppError } from '../../errors.ts';
import { validKey } from '../agents/keys.ts';
import { type Draft, isDataOf, type Signature, streams } from '../fact.ts';
import type { SignedEntry } from '../record-signed-entry.ts';
import { type CommonsState, knownAgent } from '../state.ts';

/**
 * Somebody says what they gave: work, machine hours, material. It is their word, signed with a key of theirs, and
 * nothing else follows from it.
 * @throws AppError `entry.malformed`, `agent.unknown`, `key.not-enrolled`
 */
export function logContribution(state: CommonsState, { body, sigs }: SignedEntry): Draft[] {
  const { id, stream, data } = body;
  if (!isDataOf('contribution.logged', data))
    throw malformed('It is not complete, or holds what it should not.');
  const { agent, event } = data;
  if (stream !== streams.agent(agent)) throw malformed(`It belongs into the stream ${streams.agent(agent)}.`);
  if (event.provider !== agent) throw malformed('Who logs it has to be the one who gives.');
  if (event.action === 'cite') throw malformed('Citing gives nothing.');
  knownAgent(state, agent);
  requireOwnKeys(state, agent, sigs);
  return [{ id, stream, type: 'contribution.logged', data, sigs: [...sigs], standsAlone: true }];
}

/** Each signature by a key that the person has now; the caller has verified what they sign. */
function requireOwnKeys({ keys }: CommonsState, agent: string, sigs: readonly Signature[]): void {
  const isOwn = ({ kid }: Signature) => validKey(keys, kid, 'person')?.agent === agent;
  if (sigs.length > 0 && sigs.every(isOwn)) return;
  throw new AppError(
    'not-allowed',
    `A contribution of ${agent} is signed with a key of ${agent} that counts now.`,
    {
      code: 'key.not-enrolled',
      details: { agent },
    },
  );
}

function malformed(why: string): AppError {
  return new AppError('bad-input', `This is no contribution: ${why}`, { code: 'entry.malformed' });
}

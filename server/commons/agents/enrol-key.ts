import type { EntryData } from '#contract/entries.ts';
import { AppError } from '../../errors.ts';
import { type Context, type Draft, draft, type Signature, streams } from '../fact.ts';
import type { SignedEntry } from '../record-signed-entry.ts';
import { type CommonsState, knownAgent } from '../state.ts';
import { type EnrolledKey, type KeyPurpose, requireUsableKey, validKeysFor } from './keys.ts';

/** A person with more devices than this has lost count of them; old keys are revoked first. */
export const KEYS_OF_AGENT_MAX = 20;

const KIND_FOR = { person: 'person', server: 'community' } as const;

/**
 * Adds a public key to an agent; a key that the agent has already changes nothing. The key of a lab's bridge is
 * enrolled by pairing it.
 * @param id of the entry, where the one who enrols has made it.
 * @throws AppError `key.unusable`, `key.taken`, `key.revoked`, `key.too-many`, `key.wrong-kind`.
 */
export function enrolKey(
  state: CommonsState,
  { id, agent, key, purpose }: { id?: string; agent: string; key: string; purpose: 'person' | 'server' },
  context: Context,
): Draft[] {
  const there = knownAgent(state, agent);
  requireUsableKey(key);
  if (there.kind !== KIND_FOR[purpose])
    throw new AppError('bad-input', `${there.name} is no ${KIND_FOR[purpose]}: a ${purpose} key needs one.`, {
      code: 'key.wrong-kind',
      details: { agent, purpose },
    });
  if (isEnrolled(state, { agent, key, purpose })) return [];
  const live = there.keys.filter((one) => state.keys.get(one)?.end === undefined).length;
  if (live >= KEYS_OF_AGENT_MAX)
    throw new AppError('too-much', `${there.name} has ${live} keys already. Revoke one of them first.`, {
      code: 'key.too-many',
      details: { most: KEYS_OF_AGENT_MAX },
    });
  return [draft('key.enrolled', streams.agent(agent), id ?? context.newId(), { agent, key, purpose })];
}

/**
 * Ends a key for good: what it signs from now on does not count. Revoking it again changes nothing.
 * @throws AppError `key.unknown`, `key.of-bridge` where a bridge is to be revoked, `key.last` for the only key that
 *   the server has.
 */
export function revokeKey(
  state: CommonsState,
  { id, agent, key, reason }: EntryData<'key.revoked'> & { id?: string },
  context: Context,
): Draft[] {
  knownAgent(state, agent);
  const there = state.keys.get(key);
  if (there?.agent !== agent)
    throw new AppError('not-found', `${agent} has no such key.`, { code: 'key.unknown' });
  if (there.end?.how === 'revoked') return [];
  if (there.purpose === 'bridge')
    throw new AppError('conflict', 'This is the key of a bridge. Revoke the bridge of the lab.', {
      code: 'key.of-bridge',
    });
  if (there.purpose === 'server' && validKeysFor(state.keys, 'server').length === 1)
    throw new AppError('conflict', 'This is the only key of the server. Let it take another one first.', {
      code: 'key.last',
    });
  return [draft('key.revoked', streams.agent(agent), id ?? context.newId(), { agent, key, reason })];
}

/**
 * The server signs its entries with this key from now on: it is enrolled, and those it had before are revoked. Where
 * it has it already nothing changes.
 * @param signEarlier signs with the former key, where that is at hand: strangers then see that whoever had the old
 *   key has chosen the new one.
 */
export function takeServerKey(
  state: CommonsState,
  { community, key, signEarlier }: { community: string; key: string; signEarlier?: SignBody },
  context: Context,
): Draft[] {
  const former = validKeysFor(state.keys, 'server').filter((one) => one.key !== key);
  const enrolled = enrolKey(state, { agent: community, key, purpose: 'server' }, context).map(
    (one): Draft => (signEarlier === undefined ? one : { ...one, sigs: [signEarlier(signedBody(one))] }),
  );
  const reason = 'The server signs with another key from now on.';
  return [...enrolled, ...former.map((one) => revoked(one, reason, context))];
}

/** A body as its author signs it. */
export type SignBody = (body: SignedEntry['body']) => Signature;

function signedBody({ id, stream, type, data }: Draft): SignedEntry['body'] {
  return { id, stream, type, data: { ...data }, v: 1 };
}

function revoked({ agent, key }: EnrolledKey, reason: string, context: Context): Draft {
  return draft('key.revoked', streams.agent(agent), context.newId(), { agent, key, reason });
}

/**
 * Whether the agent has the key for this purpose now.
 * @throws AppError `key.taken`, `key.revoked`
 */
export function isEnrolled(
  { keys }: CommonsState,
  { agent, key, purpose }: { agent: string; key: string; purpose: KeyPurpose },
): boolean {
  const there = keys.get(key);
  if (there === undefined) return false;
  if (there.agent !== agent || there.purpose !== purpose)
    throw new AppError('conflict', 'This key is enrolled for something else. Make a new one.', {
      code: 'key.taken',
    });
  if (there.end?.how === 'revoked')
    throw new AppError('conflict', 'This key was revoked and cannot come back. Make a new one.', {
      code: 'key.revoked',
    });
  return there.end === undefined;
}

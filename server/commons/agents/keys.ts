import { fromDidKey } from '#contract/did-key.ts';
import { isUsablePublicKey } from '#contract/ed25519.ts';
import type { EntryData } from '#contract/entries.ts';
import { AppError } from '../../errors.ts';
import type { Facilities } from '../facilities/facilities.ts';
import type { RecordedEntry } from '../fact.ts';

export type KeyPurpose = EntryData<'key.enrolled'>['purpose'];

/** A public key with whose it is. It belongs to one agent and one purpose, for ever. */
export interface EnrolledKey {
  /** did:key */
  readonly key: string;
  readonly agent: string;
  readonly purpose: KeyPurpose;
  /** Index of the entry that enrolled it: signatures count from there on. */
  readonly enrolledAt: number;
  /**
   * Index of the entry from which on it counts no more. A key that was revoked never comes back; a bridge's key that
   * another one replaced may be paired again.
   */
  readonly end?: { readonly at: number; readonly how: 'revoked' | 'replaced' };
}

/** By did:key, also those that have ended: a signature is judged by the keys as of its index. */
export type Keys = Map<string, EnrolledKey>;

/** Before `evolveFacilities`, which forgets a lab's former bridge. */
export function evolveKeys(keys: Keys, labs: Facilities, { index, body }: RecordedEntry): void {
  switch (body.type) {
    case 'key.enrolled':
      enrol(keys, body.data, index);
      return;
    case 'key.revoked':
      end(keys, body.data.agent, body.data.key, { at: index, how: 'revoked' });
      return;
    case 'bridge.revoked':
      end(keys, body.data.lab, body.data.key, { at: index, how: 'revoked' });
      return;
    case 'bridge.paired': {
      const { lab, key } = body.data;
      const former = labs.get(lab)?.bridgeKey;
      if (former !== undefined && former !== key) end(keys, lab, former, { at: index, how: 'replaced' });
      enrol(keys, { agent: lab, key, purpose: 'bridge' }, index);
      return;
    }
    default:
  }
}

/** The key of this agent for this purpose, if it counts now. */
export function validKey(
  keys: ReadonlyMap<string, EnrolledKey>,
  key: string,
  purpose: KeyPurpose,
): EnrolledKey | undefined {
  const there = keys.get(key);
  return there?.purpose === purpose && there.end === undefined ? there : undefined;
}

/** Keys that count now for a purpose, oldest first. */
export function validKeysFor(keys: ReadonlyMap<string, EnrolledKey>, purpose: KeyPurpose): EnrolledKey[] {
  return [...keys.values()].filter((one) => one.purpose === purpose && one.end === undefined);
}

/**
 * Refuses what is no Ed25519 key, or one for which anybody can make signatures.
 * @throws AppError `key.unusable`
 */
export function requireUsableKey(key: string): void {
  const publicKey = fromDidKey(key);
  if (publicKey !== undefined && isUsablePublicKey(publicKey)) return;
  throw new AppError('bad-input', 'This is no usable Ed25519 key. Make a new one, and give its did:key.', {
    code: 'key.unusable',
  });
}

/** A key stays whose it was, and one that was revoked stays so, whatever a forged log says later. */
function enrol(keys: Keys, { agent, key, purpose }: EntryData<'key.enrolled'>, index: number): void {
  const there = keys.get(key);
  const isFree = there === undefined || (there.agent === agent && there.purpose === purpose);
  if (!isFree || there?.end?.how === 'revoked') return;
  keys.set(key, { key, agent, purpose, enrolledAt: index });
}

function end(keys: Keys, agent: string, key: string, how: NonNullable<EnrolledKey['end']>): void {
  const there = keys.get(key);
  if (there?.agent === agent && there.end?.how !== 'revoked') keys.set(key, { ...there, end: how });
}

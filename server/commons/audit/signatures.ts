import { validKey } from '../agents/keys.ts';
import type { RecordedEntry, Signature } from '../fact.ts';
import { isBridgesWord } from '../jobs/record-bridge-fact.ts';
import type { CommonsState } from '../state.ts';
import type { AuditedEntry, Fault } from './audited-entry.ts';

/**
 * Judges by whom the server's entries are signed, with the keys as of each entry. Entries before the first enrolment
 * of a server's key must all be signed by that key, which is known only when it comes: until then one key must have
 * signed all of them.
 */
export class ServerSignatures {
  /** Keys that signed every entry so far, before any is enrolled. */
  #candidates: ReadonlySet<string> | undefined;
  #isEnrolled = false;

  /** @param enrolled the server's key, where the entry enrols one. */
  faultOf({ keys }: CommonsState, { sigs }: AuditedEntry, enrolled: string | undefined): Fault {
    if (this.#isEnrolled) {
      const isByServer = sigs.some(({ kid }) => validKey(keys, kid, 'server') !== undefined);
      return isByServer ? undefined : 'no key of the server that counted then has signed it';
    }
    const before = this.#candidates;
    const kids = sigs.map(({ kid }) => kid);
    const left = new Set(before === undefined ? kids : kids.filter((kid) => before.has(kid)));
    if (enrolled !== undefined) {
      this.#isEnrolled = true;
      return left.has(enrolled) ? undefined : 'the key that it enrols has not signed every entry before it';
    }
    if (left.size === 0) return 'the key that signed the entries before it has not signed it';
    this.#candidates = left;
    return undefined;
  }
}

/** Signatures with a key that had ended, whoever else has signed. */
export function endedKeyFault({ keys }: CommonsState, { sigs }: AuditedEntry): Fault {
  const ended = sigs.find(({ kid }) => keys.get(kid)?.end !== undefined);
  return ended && `it is signed with a key that had ended before (${ended.kid})`;
}

/** Whether somebody else than the server says it: then their signature suffices, and the server need not add its own. */
export function isAuthorsWord({ body }: RecordedEntry): boolean {
  return body.type === 'contribution.logged' || isBridgesWord(body.type);
}

/** Whether those have signed whose word the entry is. */
export function authorFault(state: CommonsState, { body }: RecordedEntry, sigs: readonly Signature[]): Fault {
  if (body.type === 'contribution.logged') {
    const { agent } = body.data;
    const isOwn = ({ kid }: Signature) => validKey(state.keys, kid, 'person')?.agent === agent;
    return sigs.some(isOwn) ? undefined : `no key of ${agent} that counted then has signed it`;
  }
  if (!isBridgesWord(body.type) || !('lab' in body.data)) return undefined;
  const { lab } = body.data;
  const bridgeKey = state.labs.get(lab)?.bridgeKey;
  const isSigned = bridgeKey !== undefined && sigs.some(({ kid }) => kid === bridgeKey);
  return isSigned ? undefined : `the bridge that was paired with ${lab} then has not signed it`;
}

import { enrolKey, takeServerKey } from '../../../../server/commons/agents/enrol-key.ts';
import { createAudit } from '../../../../server/commons/audit/audit.ts';
import { reopenJob } from '../../../../server/commons/jobs/end-job.ts';
import { recordSignedEntry } from '../../../../server/commons/record-signed-entry.ts';
import { keyOf, SERVER_KEY, smallCommunity } from '../small-community.ts';

export const PHONE = keyOf('phone');
export const SECOND_SERVER = keyOf('second server');
const SERVER_KEYS: readonly string[] = [SERVER_KEY, SECOND_SERVER];

interface Forgeable {
  index: number;
  body: { id: string; stream: string; type: string; v: number; data: Record<string, unknown> };
  log: { time: number };
  sigs: { kid: string; sig: string }[];
}

/**
 * An honest ledger with a bit of everything, to be forged: an order made at once, another whose sheet fails and is
 * made again, a contribution, and a new key of the server at the end.
 */
function honestLedger(): Forgeable[] {
  const there = smallCommunity();
  const { state } = there;
  for (const job of there.placeStool().jobs) there.make(job);
  const [sheet = '', plate = ''] = there.placeStool().jobs;
  there.start(sheet);
  there.bridgeSays(sheet, 'job.failed', { line: 10 });
  const again = { job: sheet, by: 'visitor', reason: 'a new cutter' };
  there.do((context) => reopenJob(state, again, context));
  there.make(sheet);
  const phone = { agent: 'visitor', key: PHONE, purpose: 'person' } as const;
  there.do((context) => enrolKey(state, phone, context));
  const event = {
    ...{ id: there.id(), action: 'work', provider: 'visitor', receiver: 'community' },
    ...{ effortQuantity: { value: '60', unit: 's' }, hasPointInTime: 1 },
  };
  const data = { agent: 'visitor', event, mode: 'gift' };
  const body = { id: there.id(), stream: 'agent/visitor', type: 'contribution.logged', v: 1, data };
  const sigs = [{ kid: PHONE, sig: 'c2ln' }];
  there.do((context) => recordSignedEntry(state, { body, sigs }, context));
  const signEarlier = () => ({ kid: there.serverKey, sig: 'c2ln' });
  const wish = { community: 'community', key: SECOND_SERVER, signEarlier };
  const drafts = takeServerKey(state, wish, there.context);
  const former = there.serverKey;
  there.serverKey = SECOND_SERVER;
  there.append(
    drafts.map((one) => (one.sigs === undefined ? one : { ...one, sigs: [{ kid: former, sig: 'c2ln' }] })),
  );
  there.start(plate);
  const story: Forgeable[] = JSON.parse(JSON.stringify(there.entries));
  return story;
}

/** A ledger that somebody has laid hands on. */
export class ForgedLedger {
  readonly entries = honestLedger();
  /** Where the audit has to find it. */
  at = -1;

  /** The n-th entry of a type, from 0; a negative n counts from the end. */
  find(type: string, n = 0): Forgeable {
    const found = this.entries.filter(({ body }) => body.type === type).at(n);
    if (found === undefined) throw new Error(`the story has no ${type}`);
    return found;
  }

  /** Changes data of an entry in place. */
  change(type: string, n: number, data: Record<string, unknown>): void {
    const entry = this.find(type, n);
    entry.body.data = { ...entry.body.data, ...data };
    this.at = entry.index;
  }

  changeEvent(type: string, n: number, event: Record<string, unknown>): void {
    const { data } = this.find(type, n).body;
    this.change(type, n, { event: { ...Object(data.event), ...event } });
  }

  sign(type: string, n: number, kids: readonly string[]): void {
    const entry = this.find(type, n);
    entry.sigs = kids.map((kid) => ({ kid, sig: 'c2ln' }));
    this.at = entry.index;
  }

  /** Leaves an entry out: found at the one that stands in its place. */
  drop(type: string, n = 0): void {
    const { index } = this.find(type, n);
    this.entries.splice(index, 1);
    this.at = index;
    this.#number();
  }

  /** Puts an entry of one's own behind another one. */
  insertAfter({ index, log }: Forgeable, type: string, stream: string, data: object): void {
    const body = { id: `forged-${index}`, stream, type, v: 1, data: { ...data } };
    this.entries.splice(index + 1, 0, { index: 0, body, log, sigs: this.#serversAt(index) });
    this.at = index + 1;
    this.#number();
  }

  /** Says an entry once more, somewhere later, with the signature that the server has then. */
  repeat(type: string, n: number, after: Forgeable): void {
    const { body, sigs } = this.find(type, n);
    this.insertAfter(after, type, body.stream, body.data);
    const copy = this.entries[this.at];
    const authors = sigs.filter(({ kid }) => !SERVER_KEYS.includes(kid));
    if (copy !== undefined) copy.sigs = [...authors, ...copy.sigs];
  }

  /** What the audit says first, with the index at which it says it. */
  verdict(): { at: number; fault: string } | undefined {
    const audit = createAudit();
    for (const entry of this.entries) {
      const fault = audit.judge(entry);
      if (fault !== undefined) return { at: entry.index, fault };
    }
    return undefined;
  }

  /** What the server signs with, where the entry stands. */
  #serversAt(index: number): Forgeable['sigs'] {
    const before = this.entries.slice(0, index + 1).flatMap(({ sigs }) => sigs);
    return before.filter(({ kid }) => SERVER_KEYS.includes(kid)).slice(-1);
  }

  #number(): void {
    for (const [index, entry] of this.entries.entries()) entry.index = index;
  }
}

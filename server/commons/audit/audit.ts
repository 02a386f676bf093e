import { isEntryType } from '#contract/entries.ts';
import { commonsFold, evolveRecorded } from '../commons.ts';
import { isRecorded, type RecordedEntry, streams } from '../fact.ts';
import { jobOf } from '../jobs/jobs.ts';
import { agentFault } from './agents.ts';
import type { AuditedEntry, Fault } from './audited-entry.ts';
import { charterFault } from './charter.ts';
import { ExpectedEntries } from './expected.ts';
import { designFault, facilityFault } from './facilities.ts';
import { JobAudit } from './jobs.ts';
import { conservationFault } from './money.ts';
import { orderFault } from './orders.ts';
import { authorFault, endedKeyFault, isAuthorsWord, ServerSignatures } from './signatures.ts';

export interface AuditSummary {
  entries: number;
  /** Of types, or versions of them, that these rules do not know: they are counted and left alone. */
  unknown: number;
  faults: number;
  ordersPlaced: number;
  ordersCompleted: number;
  jobsMade: number;
  /** In minor units as decimal text; there is one currency in a ledger. */
  sharedMinor: string;
  /** Entries that have to follow on the last one: the log ends within a command. */
  owed: number;
}

export interface Audit {
  /**
   * Judges the next entry of the log on the state before it, and folds it. Gives in plain words why honest rules
   * could not have appended it, or undefined where they could.
   */
  judge(entry: AuditedEntry): string | undefined;
  summary(): AuditSummary;
}

/**
 * Judges a whole ledger, entry by entry from the first one: who and what it is about, whether each step may come when
 * it comes, who signed it, and that money is neither made nor lost. The caller has checked what needs no rules: the
 * tree, the chains, the clock, and that each signature is its key's.
 */
export function createAudit(): Audit {
  const state = commonsFold.initial();
  const [server, jobs, expected] = [new ServerSignatures(), new JobAudit(), new ExpectedEntries()];
  const counted = { unknown: 0, faults: 0, ordersPlaced: 0, ordersCompleted: 0, jobsMade: 0 };
  let sharedMinor = 0n;

  const judgeRecorded = (entry: AuditedEntry & RecordedEntry): Fault => {
    const following = expected.faultOf(entry);
    const signed =
      endedKeyFault(state, entry) ??
      (isAuthorsWord(entry) ? undefined : server.faultOf(state, entry, enrolledServerKey(entry))) ??
      authorFault(state, entry, entry.sigs);
    const fault =
      streamFault(entry) ??
      charterFault(state, entry) ??
      agentFault(state, entry) ??
      facilityFault(state, entry) ??
      designFault(state, entry) ??
      orderFault(state, entry) ??
      jobs.faultOf(state, entry);
    if (fault === undefined) expected.noteAfter(state, entry);
    return fault ?? signed ?? following;
  };

  const count = ({ body }: RecordedEntry): void => {
    if (body.type === 'order.placed') counted.ordersPlaced += 1;
    if (body.type === 'order.completed') counted.ordersCompleted += 1;
    if (body.type === 'job.finished') counted.jobsMade += 1;
    if (body.type === 'job.resolved' && body.data.outcome === 'made') counted.jobsMade += 1;
    if (body.type === 'distribution.run') sharedMinor += BigInt(body.data.income.minor);
  };

  const judge = (entry: AuditedEntry): Fault => {
    if (!isRecorded(entry)) {
      state.size += 1;
      const signed = endedKeyFault(state, entry) ?? server.faultOf(state, entry, undefined);
      const fault = malformedFault(entry) ?? signed ?? expected.strangerFault();
      counted.unknown += 1;
      return fault;
    }
    const fault = judgeRecorded(entry);
    state.size += 1;
    evolveRecorded(state, entry);
    count(entry);
    return fault ?? (entry.body.type === 'distribution.run' ? conservationFault(state) : undefined);
  };

  return {
    judge(entry) {
      const fault = judge(entry);
      if (fault !== undefined) counted.faults += 1;
      return fault;
    },
    summary: () => ({
      entries: state.size,
      ...counted,
      sharedMinor: String(sharedMinor),
      owed: expected.owed,
    }),
  };
}

function enrolledServerKey({ body }: RecordedEntry): string | undefined {
  return body.type === 'key.enrolled' && body.data.purpose === 'server' ? body.data.key : undefined;
}

/** A type that these rules know, with data that it cannot have. */
function malformedFault({ body }: AuditedEntry): Fault {
  return isEntryType(body.type) && body.v === 1 ? `its data is not that of ${body.type}` : undefined;
}

/** Each thing has one stream: what is elsewhere is not found by those who follow it. */
function streamFault(entry: RecordedEntry): Fault {
  const wanted = streamOf(entry);
  return wanted === entry.body.stream
    ? undefined
    : `it stands in the stream ${entry.body.stream}, not in ${wanted}`;
}

function streamOf(entry: RecordedEntry): string {
  const { body } = entry;
  switch (body.type) {
    case 'agent.joined':
    case 'key.enrolled':
    case 'key.revoked':
    case 'contribution.logged':
      return streams.agent(body.data.agent);
    case 'rulepack.adopted':
      return streams.community(body.data.community);
    case 'design.published':
      return streams.design(body.data.design);
    case 'lab.opened':
    case 'bridge.paired':
    case 'bridge.revoked':
    case 'machine.added':
    case 'machine.changed':
    case 'stock.counted':
      return streams.lab(body.data.lab);
    case 'order.placed':
    case 'order.evaluated':
    case 'order.cancelled':
    case 'order.completed':
    case 'income.received':
    case 'distribution.run':
      return streams.order(body.data.order);
    default:
      return streams.job(jobOf(entry) ?? '');
  }
}

import { AppError } from '../../errors.ts';
import { type Context, type Draft, type DraftOf, draft, isDataOf, type Signature, streams } from '../fact.ts';
import { type CommonsState, knownJob, knownLab } from '../state.ts';
import { eventsOfEndedRun, followUpsOfMadeJob } from './follow-ups.ts';
import { hasEnded, type Job, type JobPhase } from './jobs.ts';
import { currentAttempt, stateConflict } from './offer-job.ts';

/** What a bridge signs about its machines. */
export const BRIDGE_FACT_TYPES = [
  'job.prepared',
  'job.started',
  'job.finished',
  'job.failed',
  'job.declined',
  'job.released',
] as const;
/** Facts that only the machine's own bridge can know. A person of the lab, too, may decline a job or give it back. */
const BRIDGES_WORD: ReadonlySet<string> = new Set([
  'job.prepared',
  'job.started',
  'job.finished',
  'job.failed',
]);

/** Whether nobody but the bridge of the lab can say it. */
export function isBridgesWord(type: string): boolean {
  return BRIDGES_WORD.has(type);
}

type FactType = (typeof BRIDGE_FACT_TYPES)[number];
type FactDraft = { [Type in FactType]: DraftOf<Type> }[FactType];

export interface BridgeFact {
  lab: string;
  /** The entry's body as the bridge signed it. */
  body: { id: string; stream: string; type: string; v: number; data: unknown };
  sig: Signature;
  /** did:key that the signature was verified with: the caller has done that. */
  bridgeKey: string;
}

/** In which states a fact may come. Facts after a doubt resolve it; after the end there are none. */
export const STATES_FOR_FACT: Readonly<Record<FactType, readonly JobPhase['state'][]>> = {
  'job.prepared': ['taken', 'preparing'],
  'job.started': ['preparing'],
  'job.finished': ['running', 'unknown'],
  'job.failed': ['taken', 'preparing', 'running', 'unknown'],
  'job.declined': ['offered', 'taken'],
  'job.released': ['offered', 'taken', 'preparing'],
};

/**
 * Records what a machine did, in the words that its bridge signed, and what follows from it. A fact that is recorded
 * already changes nothing.
 * @throws AppError `bridge.wrong-key`, `bridge.fact-malformed`, `job.stale-fence`, `job.ended`,
 *   `job.not-possible-now`: none of them gets better by sending the fact again.
 */
export function recordBridgeFact(state: CommonsState, fact: BridgeFact, context: Context): Draft[] {
  if (knownLab(state, fact.lab).bridgeKey !== fact.bridgeKey)
    throw new AppError(
      'not-allowed',
      `This key is not the one of the bridge of "${fact.lab}". Pair it again.`,
      {
        code: 'bridge.wrong-key',
      },
    );
  const signed = signedDraft(fact);
  const job = knownJob(state, signed.data.job);
  if (job.factIds.includes(signed.id)) return [];
  checkFence(fact.lab, signed, job);
  const taken = takenBefore(state, signed, job, context);
  checkStep(signed, taken.length > 0 ? 'taken' : job.phase.state, job);
  return [...taken, signed, ...consequences(state, signed, job, context)];
}

function signedDraft({ body, sig }: BridgeFact): FactDraft {
  const type = BRIDGE_FACT_TYPES.find((one) => one === body.type);
  if (type === undefined || body.v !== 1)
    throw new AppError('bad-input', `A bridge cannot report "${body.type}" in this version.`, {
      code: 'bridge.fact-malformed',
    });
  switch (type) {
    case 'job.prepared':
      return parsed(type, body, sig);
    case 'job.started':
      return parsed(type, body, sig);
    case 'job.finished':
      return parsed(type, body, sig);
    case 'job.failed':
      return parsed(type, body, sig);
    case 'job.declined':
      return parsed(type, body, sig);
    case 'job.released':
      return parsed(type, body, sig);
  }
}

function parsed<Type extends FactType>(type: Type, body: BridgeFact['body'], sig: Signature): DraftOf<Type> {
  if (!isDataOf(type, body.data))
    throw new AppError('bad-input', `The bridge's report "${type}" is not complete.`, {
      code: 'bridge.fact-malformed',
    });
  if (body.stream !== streams.job(body.data.job))
    throw new AppError('bad-input', `The bridge's report "${type}" belongs to another job.`, {
      code: 'bridge.fact-malformed',
    });
  const fact = { id: body.id, stream: body.stream, type, data: body.data, sigs: [sig] };
  return isBridgesWord(type) ? { ...fact, standsAlone: true } : fact;
}

function checkFence(lab: string, signed: FactDraft, job: Job): void {
  const { data } = signed;
  const fence = 'fence' in data ? data.fence : undefined;
  const attempt = currentAttempt(job, data.execution ?? '', fence);
  const machine = 'machine' in data ? data.machine : attempt.machine;
  if (attempt.lab !== lab || ('lab' in data && data.lab !== lab) || attempt.machine !== machine)
    throw new AppError('not-allowed', `Job ${job.opened.number} is not on this machine of "${lab}".`, {
      code: 'bridge.fact-malformed',
    });
}

/** A lab that decides automatically has consented when its bridge begins; the fact may be the first we hear of it. */
function takenBefore(state: CommonsState, signed: FactDraft, job: Job, context: Context): Draft[] {
  if (job.phase.state !== 'offered') return [];
  if (signed.type !== 'job.prepared' && signed.type !== 'job.failed') return [];
  const { attempt } = job.phase;
  if (knownLab(state, attempt.lab).consent === 'by-hand') return [];
  const data = { job: job.opened.job, ...attempt, consent: 'automatic' as const };
  return [draft('job.taken', signed.stream, context.newId(), data)];
}

function checkStep(signed: FactDraft, from: JobPhase['state'], job: Job): void {
  if (hasEnded(job))
    throw new AppError('conflict', `Job ${job.opened.number} has ended already (${from}). Nothing changes.`, {
      code: 'job.ended',
      details: { state: from },
    });
  const isOnMachine = from === 'running' || from === 'unknown';
  const isLegal = STATES_FOR_FACT[signed.type].includes(from);
  if (!isLegal || (signed.type === 'job.failed' && signed.data.started !== isOnMachine))
    throw stateConflict(job, signed.type.slice('job.'.length));
}

function consequences(state: CommonsState, signed: FactDraft, job: Job, context: Context): Draft[] {
  if (signed.type === 'job.finished') {
    const { seconds, at } = signed.data;
    return followUpsOfMadeJob(state, job, { seconds, atMs: at }, context);
  }
  if (signed.type !== 'job.failed' || !signed.data.started) return [];
  const { at, line } = signed.data;
  return eventsOfEndedRun(job, { atMs: at, ...(line === undefined ? {} : { line }) }, context);
}

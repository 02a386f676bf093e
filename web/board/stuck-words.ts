import type { JobView, MachineLive } from '#contract/views.ts';
import type { World } from '../live/world.ts';
import { labName, machineName, refusalWords } from '../parts/refusal-words.ts';
import { stoppedMachine } from '../parts/stopped-machine.ts';
import type { Words } from '../words/use-words.ts';

/** Where a job is stuck: why, and who can help. Undefined for a job that goes its way. */
export interface Stuck {
  why: string;
  help: string;
  /** The machine that waits for a person, where that is what the job is stuck at. */
  stopped?: MachineLive;
}

/** In these a stopped machine is what the job waits for; later its own state says more. */
const NEEDS_MACHINE: ReadonlySet<JobView['state']> = new Set(['wanted', 'taken', 'preparing']);

export function stuckWords(
  job: JobView,
  words: Words,
  names: Pick<World, 'labs' | 'machines'>,
): Stuck | undefined {
  const { say } = words;
  const lab = labName(names, job.lab);
  // Saying that the bed is clear also frees a machine that waits for a person after a run.
  if (job.waitsForBedClear && job.state === 'preparing')
    return { why: say('stuck.bed'), help: say('stuck.bedHelp', { lab }) };
  const stopped = stoppedMachine(job, names.machines);
  if (stopped !== undefined && NEEDS_MACHINE.has(job.state)) {
    const machine = machineName(names, stopped.lab, stopped.machine);
    return { why: say('machine.stopped', { machine }), help: say('machine.stoppedHelp'), stopped };
  }
  if (job.state === 'wanted') return wantedWords(job, words, names);
  if (job.state === 'offered')
    return { why: say('stuck.offered', { lab }), help: say('stuck.offeredHelp', { lab }) };
  if (job.state === 'unknown')
    return { why: job.doubt?.reason ?? say('stuck.unknown'), help: say('stuck.unknownHelp', { lab }) };
  if (job.state === 'failed') return { why: failureWords(job, words), help: say('stuck.failedHelp') };
  return undefined;
}

function wantedWords(job: JobView, words: Words, names: Pick<World, 'labs'>): Stuck {
  const { say } = words;
  const { candidates, refusals } = job;
  const [best] = candidates;
  if (best !== undefined && names.labs[best.lab]?.consent === 'automatic')
    return { why: say('stuck.turn'), help: say('stuck.turnHelp', { lab: labName(names, best.lab) }) };
  if (best !== undefined)
    return { why: say('stuck.fits', { count: candidates.length }), help: say('stuck.fitsHelp') };
  // The wrong kind of machine is no news; whatever else is missing can be put right by somebody.
  const telling = refusals.find(({ code }) => code !== 'wrong-process') ?? refusals[0];
  if (telling === undefined) return { why: say('stuck.noLabs'), help: say('stuck.noLabsHelp') };
  return {
    why: refusalWords(telling, words, names),
    help: say(`help.${telling.code}`, { lab: labName(names, telling.lab) }),
  };
}

/** The machine's own word stays beside its translation. */
export function failureWords(job: JobView, { say }: Pick<Words, 'say'>): string {
  if (job.failure === undefined) return say('state.failed');
  const { cause, words, code } = job.failure;
  const said = [code, words].filter(Boolean).join(': ');
  return `${say(`failure.${cause}`)}${said === '' ? '' : say('failure.said', { words: said })}`;
}

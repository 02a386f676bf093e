import { commonsFold } from '../../../server/commons/commons.ts';
import { isRecorded, type LoggedEntry, type RecordedEntry } from '../../../server/commons/fact.ts';
import type { Job, JobPhase } from '../../../server/commons/jobs/jobs.ts';
import type { SimulatedLab } from './simulated-lab.ts';
import type { Run } from './simulated-machine.ts';

type EndedPhase = Extract<JobPhase, { state: 'made' | 'failed' | 'cancelled' }>;
type Seen = Run & { lab: string; machine: string };

/** What the ledger says at the end, against what the machines did. @throws Error naming the first lie. */
export function checkTruth(
  entries: readonly LoggedEntry[],
  labs: Iterable<SimulatedLab>,
): Record<string, number> {
  const state = commonsFold.initial();
  for (const entry of entries) commonsFold.evolve(state, entry);
  const runs = [...labs].flatMap(({ lab, machines }) =>
    machines.flatMap(({ name, runs }) => runs.map((run): Seen => ({ ...run, lab, machine: name }))),
  );
  checkRuns(runs, entries.filter(isRecorded));
  const ends: Record<string, number> = {};
  for (const job of state.jobs.all.values()) {
    const { state: end } = job.phase;
    ends[end] = (ends[end] ?? 0) + 1;
    checkEnd(job, runs);
  }
  return ends;
}

/** One start for each execution, one more for each job only after a person has reopened it; none that nobody ordered. */
function checkRuns(runs: readonly Seen[], entries: readonly RecordedEntry[]): void {
  const executions = new Set<string>();
  for (const run of runs) {
    if (executions.has(run.execution)) throw new Error(`DOUBLE START: execution ${run.execution} ran twice`);
    executions.add(run.execution);
    const given = entries.find(
      ({ body }) => body.type === 'job.offered' && body.data.execution === run.execution,
    );
    if (given?.body.type !== 'job.offered')
      throw new Error(`execution ${run.execution} was never given to a machine`);
    const { lab, machine } = given.body.data;
    if (lab !== run.lab || machine !== run.machine)
      throw new Error(`${run.execution} ran on another machine than it was given to`);
    const said = entries.filter(
      ({ body }) => body.type === 'job.started' && body.data.execution === run.execution,
    );
    if (said.length !== 1)
      throw new Error(`the start of ${run.execution} stands ${said.length} times in the ledger`);
    const others = runs.filter(({ job }) => job === run.job);
    const reopenings = reopeningsOf(run.job, entries);
    if (others.length > 1 + reopenings)
      throw new Error(
        `DOUBLE START: job ${run.job} ran ${others.length} times and was reopened ${reopenings} times`,
      );
  }
}

function reopeningsOf(job: string, entries: readonly RecordedEntry[]): number {
  let hasEnded = false;
  let count = 0;
  for (const { body } of entries) {
    if (!('job' in body.data) || body.data.job !== job) continue;
    if (body.type === 'job.failed' || body.type === 'job.cancelled' || body.type === 'job.resolved')
      hasEnded = true;
    else if (body.type === 'job.released' && hasEnded) {
      count += 1;
      hasEnded = false;
    }
  }
  return count;
}

function checkEnd(job: Job, runs: readonly Seen[]): void {
  const { phase, opened } = job;
  const name = `job ${opened.job}`;
  if (phase.state !== 'made' && phase.state !== 'failed' && phase.state !== 'cancelled')
    throw new Error(`LOST JOB: ${name} is ${phase.state} at the end (${JSON.stringify(phase)})`);
  const run = runs.find(({ execution }) => execution === phase.attempt?.execution);
  const stillMoves = runs.some((one) => one.job === opened.job && one.end === undefined);
  const lie = stillMoves ? 'over' : lieIn(phase, run);
  if (lie === undefined) return;
  const truth = run === undefined ? 'that it never began' : (run.end ?? 'that it moves');
  throw new Error(`LIE: ${name} is said to be ${lie}; the machine says ${truth}`);
}

/** What the ledger claims and the machine does not know of. Who says "interrupted" admits not to know how far it came. */
function lieIn(phase: EndedPhase, run: Seen | undefined): string | undefined {
  if (phase.state === 'made') return run?.end === 'succeeded' ? undefined : 'made';
  if (phase.state === 'cancelled')
    return run !== undefined && phase.startedMs === undefined ? 'cancelled before its start' : undefined;
  const { started, cause } = phase.failure;
  if (!started) return run === undefined ? undefined : 'failed before its start';
  if (cause === 'interrupted') return undefined;
  if (run === undefined) return 'failed after its start';
  return run.end === 'succeeded' ? 'failed' : undefined;
}

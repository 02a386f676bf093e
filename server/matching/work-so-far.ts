import { attemptOf, hasEnded, type Job, progressOf } from '../commons/jobs/jobs.ts';
import type { CommonsState } from '../commons/state.ts';
import { idleMachine, type MachineLoad } from './ranked-lab.ts';

/** Share of work looks back this far from the newest job: one month of a lab that opens at weekends is four of them. */
const LATELY_MS = 30 * 24 * 3_600_000;

/** What each machine, by `lab/machine`, has to do and has done, as far back as ended jobs are kept in memory. */
export function loadsOf({ jobs }: CommonsState): Map<string, MachineLoad> {
  const loads = new Map<string, MachineLoad>();
  for (const job of jobs.all.values()) {
    const attempt = attemptOf(job);
    if (attempt === undefined) continue;
    const machine = `${attempt.lab}/${attempt.machine}`;
    loads.set(machine, withJob(loads.get(machine) ?? idleMachine, job));
  }
  return loads;
}

function withJob(load: MachineLoad, job: Job): MachineLoad {
  const { phase } = job;
  if (!hasEnded(job)) return { ...load, jobs: load.jobs + 1, seconds: load.seconds + plannedSeconds(job) };
  if (phase.state === 'made') return { ...load, made: load.made + 1 };
  if (phase.state === 'failed' && phase.failure.started) return { ...load, failed: load.failed + 1 };
  return load;
}

/** Part of the planned time of recent jobs, 0 to 1, that each lab was given; what it gave back does not count. */
export function sharesOf({ jobs }: CommonsState): Map<string, number> {
  let newestMs = 0;
  for (const { openedMs } of jobs.all.values()) newestMs = Math.max(newestMs, openedMs);
  const seconds = new Map<string, number>();
  let total = 0;
  for (const job of jobs.all.values()) {
    const lab = attemptOf(job)?.lab;
    if (lab === undefined || job.phase.state === 'cancelled' || job.openedMs < newestMs - LATELY_MS) continue;
    const planned = plannedSeconds(job);
    seconds.set(lab, (seconds.get(lab) ?? 0) + planned);
    total += planned;
  }
  return new Map([...seconds].map(([lab, got]) => [lab, total === 0 ? 0 : got / total]));
}

function plannedSeconds({ phase, opened }: Job): number {
  return progressOf(phase).program?.estimatedSeconds ?? opened.estimatedSeconds;
}

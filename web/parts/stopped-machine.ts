import type { JobView, MachineLive } from '#contract/views.ts';
import { machineKey, type World } from '../live/world.ts';

export const isStopped = (machine: MachineLive | undefined): machine is MachineLive =>
  machine?.state === 'alarm' || machine?.state === 'needs-operator';

/**
 * The machine that a job cannot go on without and that waits for a person: its own while it is not over, or where it is
 * still wanted the best that fits, if all that fit have stopped.
 */
export function stoppedMachine(
  job: Pick<JobView, 'state' | 'lab' | 'machine' | 'candidates'>,
  machines: World['machines'],
): MachineLive | undefined {
  if (job.state === 'made' || job.state === 'cancelled') return undefined;
  const fitting =
    job.state !== 'wanted' && job.lab && job.machine
      ? [{ lab: job.lab, machine: job.machine }]
      : job.candidates;
  const live = fitting.map((at) => machines[machineKey(at)]);
  return live.every(isStopped) ? live.find(isStopped) : undefined;
}

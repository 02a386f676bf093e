import type { JobView } from '#contract/views.ts';
import type { World } from '../live/world.ts';

/**
 * What the first page shows: the job that has been on a machine for longest and was heard of, else any that runs, else
 * the one made last whose program is known.
 */
export function shownJob({ jobs, telemetry }: Pick<World, 'jobs' | 'telemetry'>): JobView | undefined {
  const all = Object.values(jobs);
  const running = all
    .filter(({ state }) => state === 'running')
    .sort((one, other) => (one.startedMs ?? 0) - (other.startedMs ?? 0));
  const made = all
    .filter(({ state, program }) => state === 'made' && program !== undefined)
    .sort((one, other) => (other.endedMs ?? 0) - (one.endedMs ?? 0));
  const heard = running.filter(({ job }) => telemetry[job] !== undefined);
  // A sheet being cut is read at a glance; a print needs a closer look.
  return heard.find(({ requirement }) => requirement.process === 'cut') ?? heard[0] ?? running[0] ?? made[0];
}

import type { DesignView } from '#contract/views.ts';
import type { CommonsState } from '../state.ts';
import { type Design, latestVersion } from './designs.ts';

/** A design as its newest version shows it, with how often any version was made and is being made. */
export function designView(state: CommonsState, design: Design): DesignView {
  const { version, number, name, caption, licence, processes, contributors, summary, publishedMs } =
    latestVersion(design);
  return {
    ...{ design: design.design, version, number, name, caption, licence, processes, contributors },
    ...{ summary, publishedMs, made: design.made, running: runningJobs(state, design.design) },
  };
}

/** Jobs of this design that were started and have not ended, whether heard from or not. */
function runningJobs(state: CommonsState, design: string): number {
  let running = 0;
  for (const id of state.jobs.open) {
    const job = state.jobs.all.get(id);
    if (job?.phase.state !== 'running' && job?.phase.state !== 'unknown') continue;
    if (state.orders.get(job.opened.order)?.placed.design === design) running += 1;
  }
  return running;
}

import type { JobView } from '#contract/views.ts';
import { latestVersion, versionOf } from '../designs/designs.ts';
import type { RouteNow } from '../route-now.ts';
import type { CommonsState } from '../state.ts';
import { type Job, type JobPhase, progressOf } from './jobs.ts';

export function jobView(state: CommonsState, job: Job, routing: RouteNow): JobView {
  const { opened, phase, openedMs, changedMs } = job;
  const { number, of, title, requirement, file, estimatedSeconds } = opened;
  const { program } = progressOf(phase);
  const isWanted = phase.state === 'wanted';
  const { candidates, refusals } = isWanted
    ? routing(requirement, opened.job)
    : { candidates: [], refusals: [] };
  return {
    ...{ job: opened.job, order: opened.order, number, of, title, requirement, file },
    ...designOf(state, opened.order),
    state: phase.state,
    ...(progressOf(phase).attempt ?? {}),
    waitsForBedClear: phase.state === 'preparing' && isClearedByHand(state, phase.attempt.lab),
    ...(program === undefined ? {} : { program: program.program, programLines: program.lines }),
    estimatedSeconds: program?.estimatedSeconds ?? estimatedSeconds,
    ...{ openedMs, changedMs, candidates, refusals, history: [...job.history] },
    ...endOf(phase),
  };
}

function designOf(state: CommonsState, order: string) {
  const placed = state.orders.get(order)?.placed;
  const design = placed?.design ?? '';
  const published = state.designs.get(design);
  const version =
    versionOf(state.designs, design, placed?.version ?? '') ?? (published && latestVersion(published));
  return {
    design,
    designName: version?.caption ?? { en: design },
    designNumber: version?.number ?? 0,
  };
}

function isClearedByHand(state: CommonsState, lab: string): boolean {
  return state.labs.get(lab)?.bedClear === 'by-hand';
}

function endOf(phase: JobPhase) {
  const { startedMs } = progressOf(phase);
  const started = startedMs === undefined ? {} : { startedMs };
  switch (phase.state) {
    case 'unknown':
      return { ...started, doubt: phase.doubt };
    case 'made':
      return {
        ...{ ...started, endedMs: phase.endedMs },
        ...(phase.seconds === undefined ? {} : { seconds: phase.seconds }),
      };
    case 'failed': {
      const { started: _started, ...failure } = phase.failure;
      return { ...started, endedMs: phase.endedMs, failure };
    }
    case 'cancelled':
      return { ...started, endedMs: phase.endedMs, cancelled: { by: phase.by, reason: phase.reason } };
    default:
      return started;
  }
}

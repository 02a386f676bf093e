import type { JobState, JobView } from '#contract/views.ts';
import type { Heard } from '../live/world.ts';

/** Each state has a sign and a meaning of colour, never colour alone. `paused` is a running job whose machine waits. */
export type ShownState = JobState | 'paused';
export type Tone = 'plain' | 'live' | 'made' | 'wait' | 'fail';

export const SIGNS: Readonly<Record<ShownState, string>> = {
  wanted: '○',
  offered: '◑',
  taken: '◑',
  preparing: '◕',
  running: '▶',
  paused: '‖',
  unknown: '?',
  made: '✓',
  failed: '✕',
  cancelled: '–',
};

export const TONES: Readonly<Record<ShownState, Tone>> = {
  wanted: 'plain',
  offered: 'plain',
  taken: 'plain',
  preparing: 'plain',
  running: 'live',
  paused: 'wait',
  unknown: 'fail',
  made: 'made',
  failed: 'fail',
  cancelled: 'plain',
};

export function shownState(job: JobView, heard: Heard | undefined): ShownState {
  return job.state === 'running' && heard?.state === 'paused' ? 'paused' : job.state;
}

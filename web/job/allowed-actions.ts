import type { JobCommand } from '#contract/http.ts';
import type { JobView } from '#contract/views.ts';
import type { ShownState } from '../parts/job-signs.ts';

export type ActionName = JobCommand['action'] | 'resolve-made' | 'resolve-failed';

/** What a person may do with a job in this state, the most likely first. */
export function allowedActions(
  job: Pick<JobView, 'waitsForBedClear'>,
  state: ShownState,
): readonly ActionName[] {
  switch (state) {
    case 'wanted':
      return ['take', 'decline', 'cancel'];
    case 'offered':
      return ['take', 'decline', 'cancel'];
    case 'taken':
      return ['decline', 'cancel'];
    case 'preparing':
      return job.waitsForBedClear ? ['clear-bed', 'cancel'] : ['cancel'];
    case 'running':
      return ['pause', 'cancel'];
    case 'paused':
      return ['resume', 'cancel'];
    case 'unknown':
      return ['resolve-made', 'resolve-failed'];
    case 'failed':
      return ['reopen', 'cancel'];
    case 'made':
    case 'cancelled':
      return [];
  }
}

/** The command for an action; the words are its reason or note. */
export function commandFor(
  action: ActionName,
  words: string,
  at: { lab: string; machine: string } | undefined,
): JobCommand | undefined {
  switch (action) {
    case 'take':
      return at && { action, ...at };
    case 'clear-bed':
    case 'pause':
    case 'resume':
      return { action };
    case 'decline':
      return { action, reason: words, ...at };
    case 'cancel':
    case 'reopen':
      return { action, reason: words };
    case 'resolve-made':
      return { action: 'resolve', outcome: 'made', note: words };
    case 'resolve-failed':
      return { action: 'resolve', outcome: 'failed', note: words };
    case 'resolve':
      return undefined;
  }
}

const WITHOUT_WORDS: ReadonlySet<ActionName> = new Set(['take', 'clear-bed', 'pause', 'resume']);

export const needsWords = (action: ActionName): boolean => !WITHOUT_WORDS.has(action);

import type { JobState, JobView } from '#contract/views.ts';

export const COLUMNS = ['wanted', 'taken', 'preparing', 'running', 'unknown', 'made', 'failed'] as const;
export type Column = (typeof COLUMNS)[number];

const columnOf: Readonly<Record<JobState, Column>> = {
  wanted: 'wanted',
  offered: 'taken',
  taken: 'taken',
  preparing: 'preparing',
  running: 'running',
  unknown: 'unknown',
  made: 'made',
  failed: 'failed',
  cancelled: 'failed',
};

/** A column that grows for ever shows its newest cards; the number at its head counts all. */
export const SHOWN_IN_COLUMN_MAX = 30;

export interface BoardColumn {
  column: Column;
  count: number;
  jobs: JobView[];
}

/** Open work oldest first, so that nobody waits unseen; finished work newest first. */
export function boardColumns(jobs: Readonly<Record<string, JobView>>): BoardColumn[] {
  const all = Object.values(jobs);
  return COLUMNS.map((column) => {
    const own = all.filter(({ state }) => columnOf[state] === column);
    const isOver = column === 'made' || column === 'failed';
    own.sort(
      (one, other) =>
        (isOver ? other.changedMs - one.changedMs : one.openedMs - other.openedMs) ||
        one.number - other.number,
    );
    return { column, count: own.length, jobs: own.slice(0, SHOWN_IN_COLUMN_MAX) };
  });
}

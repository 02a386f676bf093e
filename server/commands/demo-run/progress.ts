import type { JobView } from '#contract/views.ts';
import { bar, type Output } from '../progress.ts';

const TITLE_WIDTH = 34;
/** Without a terminal, a line for each so many percent. */
const STEP_PERCENT = 25;

const signs: Record<JobView['state'], string> = {
  wanted: '○',
  offered: '○',
  taken: '◑',
  preparing: '◕',
  running: '▶',
  unknown: '?',
  made: '✓',
  failed: '✕',
  cancelled: '✕',
};

export function barLine(job: JobView, progress: number): string {
  const share = job.state === 'made' ? 1 : progress;
  const title = job.title.slice(0, TITLE_WIDTH).padEnd(TITLE_WIDTH);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `  ${signs[job.state]} ${title} ${bar(share)} ${percent} %  ${job.state}`;
}

/** Draws a bar for each job: in place on a terminal, line by line elsewhere. */
export function progressBars(out: Output): {
  show(jobs: readonly JobView[], progressOf: (job: string) => number): void;
} {
  let drawn = 0;
  const told = new Map<string, string>();
  return {
    show(jobs, progressOf) {
      const lines = jobs.map((job) => barLine(job, progressOf(job.job)));
      if (out.isTTY === true) {
        out.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}${lines.map((line) => `\x1b[2K${line}\n`).join('')}`);
        drawn = lines.length;
        return;
      }
      for (const [at, job] of jobs.entries()) {
        const step = `${job.state} ${Math.floor((progressOf(job.job) * 100) / STEP_PERCENT)}`;
        if (told.get(job.job) === step) continue;
        told.set(job.job, step);
        out.write(`${lines[at]}\n`);
      }
    },
  };
}

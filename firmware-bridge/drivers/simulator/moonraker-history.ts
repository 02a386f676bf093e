import type { KlipperObjects } from './simulated-klipper.ts';

type HistoryJob = {
  job_id: string;
  user: string;
  filename: string;
  status: string;
  start_time: number;
  end_time: number | null;
  print_duration: number;
  total_duration: number;
  filament_used: number;
  metadata: object;
  auxiliary_data: readonly object[];
};

const UNDER_WAY = new Set(['printing', 'paused']);

/** As clients see it. */
export type ShownJob = HistoryJob & { exists: boolean };

export type HistoryOptions = {
  nowS: () => number;
  /** Whether the file of a print is still there. */
  exists: (filename: string) => boolean;
  onChange: (action: 'added' | 'finished', job: ShownJob) => void;
};

/** Moonraker's record of prints, written from what Klipper tells of `print_stats` and from nothing else. */
export class MoonrakerHistory {
  readonly #options: HistoryOptions;
  readonly #jobs: HistoryJob[] = [];
  #open: HistoryJob | undefined;
  #last: Readonly<Record<string, unknown>> = {};

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Newest first, unless the oldest are wanted; 0 has no limit. */
  list(limit: number, order: 'asc' | 'desc'): { count: number; jobs: ShownJob[] } {
    const jobs = order === 'desc' ? [...this.#jobs].reverse() : [...this.#jobs];
    const shown = (limit > 0 ? jobs.slice(0, limit) : jobs).map((job) => this.#shown(job));
    return { count: shown.length, jobs: shown };
  }

  find(id: string): ShownJob | undefined {
    const job = this.#jobs.find(({ job_id }) => job_id === id);
    return job && this.#shown(job);
  }

  /** As Moonraker sees it when it comes up: what is under way already is no new print to it. */
  takeOver({ print_stats = {} }: KlipperObjects): void {
    this.#last = { ...print_stats };
  }

  hear({ print_stats }: KlipperObjects): void {
    if (print_stats === undefined) return;
    const before = this.#last;
    this.#last = { ...before, ...print_stats };
    const state = String(this.#last.state);
    if (state !== before.state) {
      const wasPaused = before.state === 'paused' && before.filename === this.#last.filename;
      const hasGoneOn = Number(this.#last.total_duration) > Number(before.total_duration);
      if (state === 'printing' && !(wasPaused && hasGoneOn)) this.#begin(String(this.#last.filename));
      else if (state === 'complete') this.finish('completed');
      else if (state === 'error') this.finish('error');
      else if (!UNDER_WAY.has(state)) this.finish('cancelled');
    }
    if (this.#open !== undefined) Object.assign(this.#open, this.#durations());
  }

  /** Closes the print that is open, if there is one, with Moonraker's word for how. */
  finish(status: string): void {
    const job = this.#open;
    this.#open = undefined;
    if (job === undefined) return;
    Object.assign(job, { status, end_time: this.#options.nowS() }, this.#durations());
    this.#options.onChange('finished', this.#shown(job));
  }

  #begin(filename: string): void {
    this.finish('cancelled');
    const job: HistoryJob = {
      ...{ job_id: (this.#jobs.length + 1).toString(16).toUpperCase().padStart(6, '0'), user: 'No User' },
      ...{ filename, status: 'in_progress', start_time: this.#options.nowS(), end_time: null },
      ...{ print_duration: 0, total_duration: 0, filament_used: 0, metadata: {}, auxiliary_data: [] },
    };
    this.#jobs.push(job);
    this.#open = job;
    this.#options.onChange('added', this.#shown(job));
  }

  #shown(job: HistoryJob): ShownJob {
    return { ...job, exists: this.#options.exists(job.filename) };
  }

  #durations(): Pick<HistoryJob, 'print_duration' | 'total_duration'> {
    const { print_duration, total_duration } = this.#last;
    return { print_duration: Number(print_duration ?? 0), total_duration: Number(total_duration ?? 0) };
  }
}

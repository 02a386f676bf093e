import { z } from 'zod';
import type { HttpQuestion } from '../print-host/http-host.ts';
import type { HostReport } from '../print-host/print-host.ts';

/** Questions to PrusaLink and what its answers mean: its own OpenAPI description, `/api/v1`, as printers with a Buddy board and the Raspberry version have it. */

export const VersionAnswer = z.object({ server: z.string().catch(''), text: z.string().catch('PrusaLink') });

const State = z.enum([
  'IDLE',
  'READY',
  'BUSY',
  'PRINTING',
  'PAUSED',
  'FINISHED',
  'STOPPED',
  'ERROR',
  'ATTENTION',
]);
type State = z.infer<typeof State>;

export const StatusAnswer = z.object({
  printer: z.object({
    state: State,
    temp_nozzle: z.number().optional(),
    target_nozzle: z.number().optional(),
    temp_bed: z.number().optional(),
    target_bed: z.number().optional(),
    status_printer: z.object({ message: z.string().optional() }).optional(),
  }),
});
export type StatusAnswer = z.infer<typeof StatusAnswer>;

export const JobAnswer = z.object({
  id: z.int(),
  state: State,
  /** Percent. */
  progress: z.number().nullish(),
  /** Seconds. */
  time_printing: z.number().nullish(),
  file: z.object({ name: z.string().optional(), display_name: z.string().optional() }).nullish(),
});
export type JobAnswer = z.infer<typeof JobAnswer>;

export const StorageAnswer = z.object({
  storage_list: z.array(
    z.object({ path: z.string(), available: z.boolean().optional(), read_only: z.boolean().optional() }),
  ),
});

export const FileAnswer = z.object({
  size: z.number().nullish(),
  refs: z.object({ download: z.string().nullish() }).nullish(),
});

const filePath = (storage: string, name: string) => `/api/v1/files/${storage}/${encodeURIComponent(name)}`;

export const questions = {
  version: { method: 'GET', path: '/api/version' },
  status: { method: 'GET', path: '/api/v1/status' },
  job: { method: 'GET', path: '/api/v1/job' },
  storage: { method: 'GET', path: '/api/v1/storage' },
  file: (storage: string, name: string) => ({ method: 'GET', path: filePath(storage, name) }),
  download: (path: string) => ({ method: 'GET', path }),
  upload: (storage: string, name: string, text: string) => {
    const headers = {
      'Content-Type': 'text/x.gcode',
      Overwrite: '?1',
      'Print-After-Upload': '?0',
    };
    return { method: 'PUT', path: filePath(storage, name), headers, body: text };
  },
  begin: (storage: string, name: string) => ({ method: 'POST', path: filePath(storage, name) }),
  remove: (storage: string, name: string) => ({ method: 'DELETE', path: filePath(storage, name) }),
  // Named by the job's number: an order that arrives late cannot hit another job.
  pause: (job: number) => ({ method: 'PUT', path: `/api/v1/job/${job}/pause` }),
  resume: (job: number) => ({ method: 'PUT', path: `/api/v1/job/${job}/resume` }),
  cancel: (job: number) => ({ method: 'DELETE', path: `/api/v1/job/${job}` }),
} as const satisfies Record<string, HttpQuestion | ((...about: never[]) => HttpQuestion)>;

/** The name under which a job's file was laid there; FAT keeps a short one besides. */
export function nameOf(job: JobAnswer): string | undefined {
  return job.file?.display_name ?? job.file?.name;
}

/** `job` is missing while the printer has none, not even one that has just ended. */
export function reportOf({ printer }: StatusAnswer, job: JobAnswer | undefined): HostReport {
  const name = job && nameOf(job);
  return {
    condition: conditionOf(printer.state, job?.state, printer.status_printer?.message),
    ...(name !== undefined && { name }),
    ...(typeof job?.progress === 'number' && { share: job.progress / 100 }),
    temperatures: {
      ...(printer.temp_nozzle !== undefined && { nozzleC: printer.temp_nozzle }),
      ...(printer.target_nozzle !== undefined && { nozzleTargetC: printer.target_nozzle }),
      ...(printer.temp_bed !== undefined && { bedC: printer.temp_bed }),
      ...(printer.target_bed !== undefined && { bedTargetC: printer.target_bed }),
    },
  };
}

function conditionOf(state: State, job: State | undefined, words = ''): HostReport['condition'] {
  const isInJob = job === 'PRINTING' || job === 'PAUSED' || job === 'ATTENTION' || job === 'BUSY';
  switch (state) {
    case 'IDLE':
    case 'READY':
    case 'FINISHED':
    case 'STOPPED':
      return { kind: 'idle' };
    case 'PRINTING':
      return { kind: 'working' };
    case 'PAUSED':
      return { kind: 'paused' };
    case 'ATTENTION':
      // It stands until a person has done what the panel says, e.g. put in new filament.
      return isInJob
        ? { kind: 'paused' }
        : { kind: 'occupied', words: 'The printer waits for somebody at its panel.' };
    case 'BUSY':
      return isInJob
        ? { kind: 'working' }
        : { kind: 'occupied', words: 'The printer is busy with something of its own.' };
    case 'ERROR':
      return {
        kind: 'alarm',
        code: 'prusalink-error',
        words:
          words === '' ? 'The printer shows an error on its panel.' : `The printer shows an error: ${words}`,
      };
  }
}

import { z } from 'zod';
import type { MachineTemperatures } from '../../machine.ts';
import type { HttpQuestion } from '../print-host/http-host.ts';
import type { HostReport } from '../print-host/print-host.ts';

/** Questions to OctoPrint and what its answers mean: https://docs.octoprint.org/en/master/api/, the part common to 1.x and 2.0. */

export const VersionAnswer = z.object({ server: z.string(), text: z.string() });

export const JobAnswer = z.object({
  state: z.string(),
  error: z.string().nullish(),
  job: z.object({ file: z.object({ name: z.string().nullish(), size: z.number().nullish() }) }),
  progress: z.object({
    completion: z.number().nullish(),
    filepos: z.number().nullish(),
    printTime: z.number().nullish(),
  }),
});
export type JobAnswer = z.infer<typeof JobAnswer>;

const Heater = z.object({ actual: z.number().nullish(), target: z.number().nullish() });
export const PrinterAnswer = z.object({
  temperature: z.object({ tool0: Heater.optional(), bed: Heater.optional() }).catch({}),
});
export type PrinterAnswer = z.infer<typeof PrinterAnswer>;

export const FileAnswer = z.object({
  size: z.number().nullish(),
  /** SHA-1 of the file. */
  hash: z.string().nullish(),
  prints: z
    .object({
      success: z.number(),
      failure: z.number(),
      last: z.object({ success: z.boolean(), printTime: z.number().nullish() }).nullish(),
    })
    .nullish(),
});
export type FileAnswer = z.infer<typeof FileAnswer>;

export const ErrorAnswer = z.object({ error: z.string() });

const filePath = (name: string) => `/api/files/local/${encodeURIComponent(name)}`;

export const questions = {
  version: { method: 'GET', path: '/api/version' },
  job: { method: 'GET', path: '/api/job' },
  printer: { method: 'GET', path: '/api/printer?exclude=sd' },
  file: (name: string) => ({ method: 'GET', path: filePath(name) }),
  download: (name: string) => ({ method: 'GET', path: `/downloads/files/local/${encodeURIComponent(name)}` }),
  upload: (name: string, text: string, isChosen: boolean) => {
    const body = new FormData();
    body.set('file', new Blob([text], { type: 'application/octet-stream' }), name);
    body.set('print', 'false');
    body.set('select', String(isChosen));
    return { method: 'POST', path: '/api/files/local', body };
  },
  /** Chooses and prints in one step: between two of them somebody at OctoPrint's page could choose another file. */
  begin: (name: string) => post(filePath(name), { command: 'select', print: true }),
  remove: (name: string) => ({ method: 'DELETE', path: filePath(name) }),
  // Without an action OctoPrint would toggle, and a repeated pause would go on.
  pause: () => post('/api/job', { command: 'pause', action: 'pause' }),
  resume: () => post('/api/job', { command: 'pause', action: 'resume' }),
  cancel: () => post('/api/job', { command: 'cancel' }),
  connect: () => post('/api/connection', { command: 'connect' }),
} as const satisfies Record<string, HttpQuestion | ((...about: never[]) => HttpQuestion)>;

function post(path: string, body: object) {
  const headers = { 'Content-Type': 'application/json' };
  return { method: 'POST' as const, path, headers, body: JSON.stringify(body) };
}

/** `printer` is missing while OctoPrint has no connection to one. */
export function reportOf({ state, error, job, progress }: JobAnswer, printer?: PrinterAnswer): HostReport {
  const { name } = job.file;
  return {
    condition: conditionOf(state, error ?? undefined),
    ...(typeof name === 'string' && { name }),
    ...(typeof progress.completion === 'number' && { share: progress.completion / 100 }),
    temperatures: printer === undefined ? {} : temperaturesOf(printer),
  };
}

/** OctoPrint's words for its states are part of its interface and never translated. */
function conditionOf(state: string, error: string | undefined): HostReport['condition'] {
  if (state === 'Operational') return { kind: 'idle' };
  if (state === 'Paused') return { kind: 'paused' };
  if (/^(?:Starting|Printing|Pausing|Resuming|Finishing|Cancelling)/.test(state)) return { kind: 'working' };
  if (/^(?:Sending|Transferring)/.test(state))
    return { kind: 'occupied', words: 'OctoPrint copies a file to the printer.' };
  if (/error/i.test(state)) {
    const words = error ?? (state.replace(/^Error:? */, '') || 'the printer halted');
    return { kind: 'alarm', code: 'octoprint-error', words: `OctoPrint lost its printer: ${words}` };
  }
  const isOpening = /^(?:Opening|Detecting|Connecting)/.test(state);
  const reason = isOpening
    ? 'OctoPrint is connecting to its printer.'
    : 'OctoPrint has no connection to its printer: press Connect on its page, once the printer is on.';
  return { kind: 'away', reason };
}

function temperaturesOf({ temperature: { tool0, bed } }: PrinterAnswer): MachineTemperatures {
  return {
    ...(typeof tool0?.actual === 'number' && { nozzleC: tool0.actual }),
    ...(typeof tool0?.target === 'number' && { nozzleTargetC: tool0.target }),
    ...(typeof bed?.actual === 'number' && { bedC: bed.actual }),
    ...(typeof bed?.target === 'number' && { bedTargetC: bed.target }),
  };
}

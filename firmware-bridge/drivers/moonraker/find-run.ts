import { z } from 'zod';
import type { HostedRun, RunFailure, RunOutcome } from '../../machine.ts';
import { causeOf, isUnderWay, type PrinterReport } from './printer-status.ts';

/** One print in Moonraker's history. */
export type PrintRecord = z.infer<typeof PrintRecord>;
const PrintRecord = z.object({
  job_id: z.string(),
  filename: z.string(),
  status: z.string(),
  total_duration: z.number().catch(0),
});
const History = z.object({ jobs: z.array(PrintRecord) });

export function readHistory(answer: unknown): PrintRecord[] {
  return History.parse(answer).jobs;
}

export function readRecord(job: unknown): PrintRecord | undefined {
  return PrintRecord.safeParse(job).data;
}

export type RunSeen = {
  /** Asked in one piece: fields of two moments must not be put together here. */
  report: PrinterReport;
  /** Newest first; nothing where Moonraker keeps no history. */
  history: readonly PrintRecord[] | undefined;
  /** Whether the run was seen printing in this life of the bridge. */
  wasSeen: boolean;
};

/** `unsettled`: Moonraker has not written down yet what Klipper did; it is asked again. */
export type RunFound = HostedRun | { kind: 'unsettled'; words: string };

/**
 * Says what became of the print of `file`, a name that is used once. What Klipper says of that file itself counts before
 * the history, which ends at Moonraker's own restart while Klipper goes on.
 */
export function findRun(file: string, { report, history, wasSeen }: RunSeen): RunFound {
  const { klipper, print } = report;
  const isOurs = print.file === file;
  const record = history?.find(({ filename }) => filename === file);
  if (klipper.kind === 'down' && isOurs && (isUnderWay(print.state) || print.state === 'error'))
    return ended({ kind: 'failed', cause: causeOf(klipper.words), code: klipper.code, words: klipper.words });
  if (isOurs && isUnderWay(print.state)) return { kind: print.state === 'paused' ? 'paused' : 'running' };
  const own = isOurs ? endInStatus(report) : undefined;
  if (own !== undefined) return ended(own);
  if (record !== undefined) return fromRecord(record, report);
  if (isUnderWay(print.state) || wasSeen || history === undefined)
    return { kind: 'unknown', words: traceless(report, history !== undefined) };
  return { kind: 'not-started' };
}

type Ending =
  | { kind: 'succeeded'; seconds: number }
  | { kind: 'failed'; cause: RunFailure; code?: string; words: string }
  | { kind: 'cancelled' };

function ended(ending: Ending): RunFound {
  const outcome: RunOutcome = ending.kind === 'succeeded' ? ending : { ...ending, line: 0 };
  return { kind: 'ended', outcome };
}

function endInStatus({ print }: PrinterReport): Ending | undefined {
  switch (print.state) {
    case 'complete':
      return { kind: 'succeeded', seconds: print.seconds };
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'error':
      return failed('print-error', print.words || 'Klipper stopped the print with an error.');
    default:
      return undefined;
  }
}

function failed(code: string, words: string, cause: RunFailure = causeOf(words)): Ending {
  return { kind: 'failed', cause, code, words };
}

function fromRecord({ status, total_duration: seconds }: PrintRecord, report: PrinterReport): RunFound {
  const { klipper } = report;
  switch (status) {
    case 'completed':
      return ended({ kind: 'succeeded', seconds });
    case 'cancelled':
      return ended({ kind: 'cancelled' });
    case 'error':
      return ended(failed('print-error', report.print.words || 'Klipper stopped the print with an error.'));
    case 'klippy_shutdown': {
      const words = klipper.kind === 'down' ? klipper.words : 'Klipper shut down while the job ran.';
      return ended(failed('klipper-shutdown', words));
    }
    case 'klippy_disconnect':
      return ended(failed('klipper-restart', 'Klipper was restarted while the job ran.', 'firmware-reset'));
    case 'in_progress':
      if (!isUnderWay(report.print.state))
        return { kind: 'unsettled', words: 'Moonraker has not written down yet how the print ended.' };
  }
  return { kind: 'unknown', words: traceless(report, true, status) };
}

/** Moonraker writes `server_exit` or `interrupted` when it ended itself; what Klipper did after that is not known. */
function traceless({ print }: PrinterReport, hasHistory: boolean, status?: string): string {
  const other = isUnderWay(print.state) ? ` The printer is at "${print.file}" now.` : '';
  const why =
    status !== undefined
      ? `Moonraker says "${status}" of it and knows nothing of its end.`
      : hasHistory
        ? 'Moonraker has no trace of it.'
        : 'Moonraker keeps no history: add [history] to moonraker.conf.';
  return `${why}${other} Look at the printer.`;
}

import type { RunOutcome } from '../../machine.ts';
import { enter, setMachine, settle, settleEnded, tellTelemetry } from '../draft.ts';
import { trackProgram } from '../line-tracker.ts';
import type { GrblStatus } from './grbl-lines.ts';
import { dwellSeconds, mustGoAlone, prepareGrblProgram } from './grbl-program.ts';
import {
  type Draft,
  type GrblJob,
  HOLD,
  programRulesOf,
  RESET,
  STATUS,
  send,
  windowBytes,
} from './grbl-state.ts';
import { errorWords } from './grbl-words.ts';

/** Waits until everything planned is executed before it answers `ok` (a dwell cannot be planned ahead). */
const SYNC_LINE = 'G4P0.01';
/** An idle machine with unanswered lines has lost an answer, unless it dwells. */
const IDLE_UNANSWERED_MS = 10_000;
const S_TO_MS = 1_000;

export function startJob(draft: Draft, program: readonly string[]): void {
  const { state } = draft;
  if (
    state.phase !== 'ready' ||
    state.machine.kind !== 'idle' ||
    state.job !== undefined ||
    !state.isIdentified
  ) {
    settle(draft, 'start', `The machine is not free (${state.machine.kind}): wait until it is idle.`);
    return;
  }
  try {
    state.job = {
      program: prepareGrblProgram(program, programRulesOf(state)),
      tracker: trackProgram(program),
      next: 0,
      inFlight: [],
      inFlightBytes: 0,
      line: 0,
      linesAcknowledged: 0,
      startedMs: draft.nowMs,
      isHeld: false,
      end: 'none',
      idleSinceMs: undefined,
    };
  } catch (problem) {
    settle(draft, 'start', problem instanceof Error ? problem.message : String(problem));
    return;
  }
  state.lastHeardMs = draft.nowMs;
  enter(draft, 'streaming');
  setMachine(draft, { kind: 'running' });
  tellTelemetry(draft);
  pump(draft);
  settle(draft, 'start');
}

/** Character counting: as many lines as fit the controller's receive buffer, so that its planner never runs dry. */
export function pump(draft: Draft): void {
  const { job } = draft.state;
  if (job === undefined || draft.state.phase !== 'streaming' || job.isHeld) return;
  const { texts, lines } = job.program;
  while (job.next < texts.length) {
    const text = texts[job.next] ?? '';
    const bytes = text.length + 1;
    const alone = mustGoAlone(text) || mustGoAlone(job.inFlight[0]?.text ?? '');
    if (job.inFlight.length > 0 && (alone || job.inFlightBytes + bytes > windowBytes(draft.state))) return;
    put(draft, job, text, lines[job.next] ?? 0);
    job.next += 1;
  }
  if (job.end !== 'none' || job.inFlight.length > 0) return;
  job.end = 'syncing';
  put(draft, job, SYNC_LINE, job.program.total - 1);
}

function put(draft: Draft, job: GrblJob, text: string, line: number): void {
  job.inFlight.push({ bytes: text.length + 1, text, line });
  job.inFlightBytes += text.length + 1;
  send(draft, `${text}\n`);
}

export function acknowledge(draft: Draft): void {
  const { job } = draft.state;
  const answered = job?.inFlight.shift();
  // An answer nobody asked for belongs to lines of an earlier life of the bridge.
  if (job === undefined || answered === undefined) return;
  job.inFlightBytes -= answered.bytes;
  job.idleSinceMs = undefined;
  if (job.end === 'syncing') {
    job.end = 'synced';
    job.linesAcknowledged = job.program.total;
    // One answer must be newer than the `ok`: a report under way may still say Idle from before.
    draft.state.status = undefined;
    send(draft, STATUS);
    return;
  }
  job.linesAcknowledged = answered.line + 1;
  draft.effects.push({ kind: 'event', event: { kind: 'acknowledged', line: answered.line } });
  pump(draft);
}

/** Lines behind the faulty one are already in the controller and would run: hold at once, then throw them away. */
export function failOnError(draft: Draft, code: number): void {
  const { job } = draft.state;
  const refused = job?.inFlight[0];
  if (job === undefined || refused === undefined) return;
  const words = `${errorWords(code)} at "${refused.text}"`;
  stop(draft, { kind: 'failed', cause: 'error', code: `error:${code}`, words, line: refused.line });
}

/** Stops on the path, keeping the position; the reset follows at standstill. */
export function stop(draft: Draft, ending: RunOutcome): void {
  draft.state.ending = ending;
  // Only a report newer than the hold may say that the machine stands.
  draft.state.status = undefined;
  send(draft, HOLD);
  enter(draft, 'stopping');
}

export function resetNow(draft: Draft): void {
  send(draft, RESET);
  draft.state.awaitsBanner = true;
  enter(draft, 'resetting');
}

/** The one place where a job ends. */
export function endJob(draft: Draft, outcome: RunOutcome): void {
  const { state } = draft;
  if (state.job === undefined) return;
  tellTelemetry(draft);
  state.job = undefined;
  state.ending = undefined;
  if (state.phase !== 'closed') enter(draft, 'ready');
  draft.effects.push({ kind: 'event', event: { kind: 'ended', outcome } });
  settleEnded(draft);
}

/** Held and no longer moving: Hold:0, or a door that is shut (0) or still open (1) with everything at rest. */
export function stands({ state, sub }: GrblStatus): boolean {
  return (state === 'Hold' && sub !== 1) || (state === 'Door' && (sub ?? 0) <= 1);
}

function judgeResumed(draft: Draft, { state, sub }: GrblStatus): void {
  if (state === 'Door' && sub === 1)
    settle(draft, 'resume', 'The safety door of the machine is open: close it, then go on.');
  else if (state !== 'Hold' && state !== 'Door') settle(draft, 'resume');
}

/** What a status report means for the job under way. */
export function judgeStatus(draft: Draft, status: GrblStatus): void {
  const { job } = draft.state;
  if (job === undefined || draft.state.phase !== 'streaming') return;
  if (stands(status) && job.isHeld) settle(draft, 'pause');
  if (!job.isHeld) judgeResumed(draft, status);
  if (status.state !== 'Idle') {
    job.idleSinceMs = undefined;
    return;
  }
  if (job.end === 'synced') {
    setMachine(draft, { kind: 'idle' });
    job.line = job.program.total - 1;
    endJob(draft, { kind: 'succeeded', seconds: (draft.nowMs - job.startedMs) / S_TO_MS });
    return;
  }
  job.idleSinceMs ??= draft.nowMs;
  const allowedMs =
    IDLE_UNANSWERED_MS + job.inFlight.reduce((sum, one) => sum + dwellSeconds(one.text) * S_TO_MS, 0);
  if (job.isHeld || job.inFlight.length === 0 || draft.nowMs - job.idleSinceMs < allowedMs) return;
  const words = 'The machine is idle but has not answered every line: an answer was lost on the way.';
  stop(draft, { kind: 'failed', cause: 'noise', words, line: job.line });
}

import type { MachinePosition, RunOutcome } from '../../machine.ts';
import { enter, setMachine, settle, settleEnded, tellTelemetry, trackLine } from '../draft.ts';
import { trackProgram } from '../line-tracker.ts';
import { numbered } from './marlin-lines.ts';
import { prepareMarlinProgram } from './marlin-program.ts';
import {
  type Draft,
  HEATERS_OFF,
  type MarlinJob,
  type MarlinState,
  send,
  sendNumbered,
} from './marlin-state.ts';

const S_TO_MS = 1_000;
/** A firmware that says `ok` after `Resend:` does so at once. */
const RESEND_OK_MS = 500;
/** The same line asked for so often will not get through. */
const RESEND_REPEATS_MAX = 10;
/** A tenth of all lines damaged is a broken cable; judged after this many lines. */
const NOISY_SHARE = 0.1;
const NOISY_AFTER_LINES = 100;
/** Smooth enough to look at, and a small share of what the link carries. */
const POLL_POSITION_MS = 250;
/** Moves that Marlin plans ahead, and the one being planned. */
const PLANNED_LINES = 17;
/** Tool and heaters off; M410 once more, because a line already accepted may have begun a move after the first. */
const SAFE_LINES = ['M410', ...HEATERS_OFF, 'M400'];

export function startJob(draft: Draft, program: readonly string[]): void {
  const { state } = draft;
  if (state.phase !== 'ready' || state.machine.kind !== 'idle' || state.job !== undefined) {
    settle(draft, 'start', `The machine is not free (${state.machine.kind}): wait until it is idle.`);
    return;
  }
  try {
    state.job = {
      program: prepareMarlinProgram(program, state.rules),
      tracker: trackProgram(program),
      next: 0,
      line: 0,
      linesAcknowledged: 0,
      startedMs: draft.nowMs,
      isHeld: false,
      isHeldByMachine: false,
      hasPrompt: false,
      isEndSent: false,
      linesSent: 0,
      resends: 0,
      resendNumber: -1,
      resendRepeats: 0,
    };
  } catch (problem) {
    settle(draft, 'start', problem instanceof Error ? problem.message : String(problem));
    return;
  }
  enter(draft, 'streaming');
  setMachine(draft, { kind: 'running' });
  Object.assign(state, { lastNumber: 0, history: [], extras: [], tickles: 0, lastSignMs: draft.nowMs });
  Object.assign(state, { resendNext: undefined, resendOkUntilMs: undefined, lastPollMs: draft.nowMs });
  state.awaiting = { number: 0, text: 'M110 N0' };
  state.history = [state.awaiting];
  send(draft, numbered(0, 'M110 N0'));
  tellTelemetry(draft);
  settle(draft, 'start');
}

/** One line in flight: its `ok` comes when it was carried out or planned, so nothing else is behind it in the queue. */
export function pump(draft: Draft): void {
  const { state } = draft;
  if (state.phase !== 'streaming' && state.phase !== 'stopping') return;
  if (state.awaiting !== undefined || state.resendOkUntilMs !== undefined) return;
  if (state.resendNext !== undefined) {
    sendAgain(draft, state.resendNext);
    return;
  }
  const extra = state.extras[0];
  if (extra !== undefined) {
    state.extras = state.extras.slice(1);
    state.awaiting = sendNumbered(draft, extra);
  } else if (state.phase === 'streaming' && state.job !== undefined) {
    sendNext(draft, state.job);
  }
}

function sendNext(draft: Draft, job: MarlinJob): void {
  const { state } = draft;
  if (job.isHeld) return;
  const text = job.program.texts[job.next];
  if (text !== undefined) {
    state.awaiting = sendNumbered(draft, text, job.program.lines[job.next]);
    job.next += 1;
    job.linesSent += 1;
  } else if (!job.isEndSent) {
    job.isEndSent = true;
    // A printer that nobody watches any more must not stay hot, whatever the program forgot.
    state.extras = ['M400', ...HEATERS_OFF, 'M114 R', newMarker(draft)];
    pump(draft);
  }
}

/** Answers are counted, and a count can slip by one when an answer is lost; an echo of a new word cannot. */
export function newMarker(draft: Draft): string {
  draft.state.markers += 1;
  draft.state.marker = `all done ${draft.state.markers}`;
  return `M118 E1 ${draft.state.marker}`;
}

function sendAgain(draft: Draft, number: number): void {
  const { state } = draft;
  const sent = state.history.find((one) => one.number === number);
  state.resendNext = number < state.lastNumber ? number + 1 : undefined;
  if (sent === undefined) return;
  state.awaiting = sent;
  // After a cancel no line of the job may reach the machine any more; its number goes to a harmless question.
  const isDropped = state.phase === 'stopping' && sent.line !== undefined;
  send(draft, numbered(sent.number, isDropped ? 'M105' : sent.text));
}

export function acknowledge(draft: Draft): void {
  const { state } = draft;
  const { job, awaiting } = state;
  if (state.resendOkUntilMs !== undefined) {
    state.resendOkUntilMs = undefined;
    state.saysOkAfterResend = true;
    pump(draft);
    return;
  }
  state.awaiting = undefined;
  if (job !== undefined && awaiting?.line !== undefined && awaiting.line >= job.linesAcknowledged) {
    job.linesAcknowledged = awaiting.line + 1;
    draft.effects.push({ kind: 'event', event: { kind: 'acknowledged', line: awaiting.line } });
  }
  pump(draft);
}

/** The firmware's receive buffer was emptied with the damaged line: everything from `number` on goes again. */
export function resend(draft: Draft, number: number): void {
  const { state } = draft;
  const { job } = state;
  if (job === undefined) return;
  if (isNeedless(state, number)) {
    if (state.saysOkAfterResend === true) state.resendOkUntilMs = draft.nowMs + RESEND_OK_MS;
    return;
  }
  const oldest = state.history[0]?.number ?? 0;
  job.resends += 1;
  job.resendRepeats = number === job.resendNumber ? job.resendRepeats + 1 : 1;
  job.resendNumber = number;
  const isNoisy = job.linesSent > NOISY_AFTER_LINES && job.resends > job.linesSent * NOISY_SHARE;
  if (number < oldest) giveUp(draft, `The machine asks for line ${number} again, which is long gone.`);
  else if (job.resendRepeats >= RESEND_REPEATS_MAX)
    giveUp(draft, `Line ${number} does not get through undamaged.`);
  else if (isNoisy)
    giveUp(draft, `${job.resends} of ${job.linesSent} lines arrived damaged: check cable and earth.`);
  if (state.phase === 'closed') return;
  state.awaiting = undefined;
  state.resendNext = Math.max(number, oldest);
  if (state.saysOkAfterResend !== false) state.resendOkUntilMs = draft.nowMs + RESEND_OK_MS;
  else pump(draft);
}

/**
 * A request for a line that was not sent yet, or that is on its way now: it was caused by a copy that came twice. To answer
 * it would cause the next one, without end. A line that got lost for all that is brought out by a question, see `tickle`.
 */
function isNeedless({ lastNumber, awaiting, hasDamage, tickles }: MarlinState, number: number): boolean {
  return number > lastNumber || (awaiting?.number === number && !hasDamage && tickles === 0);
}

/** No `ok` came after a request: this firmware says none, unless it once did. */
export function endResendWait(draft: Draft): void {
  const { state } = draft;
  state.resendOkUntilMs = undefined;
  state.saysOkAfterResend ??= false;
  pump(draft);
}

function giveUp(draft: Draft, words: string): void {
  const { state } = draft;
  if (state.phase === 'streaming')
    stop(draft, { kind: 'failed', cause: 'noise', words, line: lineOf(state.job) });
}

/**
 * Nothing more of the job is sent; what is planned is dropped by M410, which acts ahead of the queue. The position is not
 * exact afterwards: the next job homes.
 */
export function stop(draft: Draft, ending: RunOutcome): void {
  const { state } = draft;
  state.ending = ending;
  enter(draft, 'stopping');
  // M108 ends a wait for a temperature, which would hold everything back.
  sendNumbered(draft, 'M108');
  sendNumbered(draft, 'M410');
  state.extras = [...SAFE_LINES, newMarker(draft)];
  pump(draft);
}

/** The machine said the marker back: all before it is done. */
export function reachMarker(draft: Draft): void {
  const { state } = draft;
  const { job } = state;
  state.marker = '';
  if (job === undefined) return;
  if (state.phase === 'stopping') {
    setMachine(draft, { kind: 'idle' });
    endJob(draft, state.ending ?? { kind: 'cancelled', line: lineOf(job) });
    return;
  }
  if (!job.isEndSent) {
    // All that was planned before the pause is done.
    if (job.isHeld) setMachine(draft, { kind: 'paused' });
    settle(draft, 'pause');
    return;
  }
  job.line = job.program.total - 1;
  job.linesAcknowledged = job.program.total;
  setMachine(draft, { kind: 'idle' });
  endJob(draft, { kind: 'succeeded', seconds: (draft.nowMs - job.startedMs) / S_TO_MS });
}

/** Where the job is now: the last known place, or what must have begun since because that much was accepted behind it. */
export function lineOf(job: MarlinJob | undefined): number {
  return job === undefined ? 0 : Math.max(job.line, job.linesAcknowledged - PLANNED_LINES);
}

/** The one place where a job ends. */
export function endJob(draft: Draft, outcome: RunOutcome): void {
  const { state } = draft;
  if (state.job === undefined) return;
  tellTelemetry(draft);
  Object.assign(state, { job: undefined, ending: undefined, awaiting: undefined, extras: [], marker: '' });
  Object.assign(state, { resendNext: undefined, resendOkUntilMs: undefined });
  if (state.phase !== 'closed') enter(draft, 'ready');
  draft.effects.push({ kind: 'event', event: { kind: 'ended', outcome } });
  settleEnded(draft);
}

/** Asks where the tool is, and how warm it is where the firmware does not say so by itself. */
export function poll(draft: Draft): void {
  const { state } = draft;
  if (state.phase !== 'streaming' || draft.nowMs - state.lastPollMs < POLL_POSITION_MS) return;
  if (state.extras.length > 0) return;
  state.lastPollMs = draft.nowMs;
  state.extras = state.capabilities.has('AUTOREPORT_TEMP') ? ['M114 R'] : ['M114 R', 'M105'];
  pump(draft);
}

export function notePosition(draft: Draft, position: MachinePosition): void {
  const { state } = draft;
  const { job } = state;
  state.telemetry = { ...state.telemetry, positionMm: position };
  if (job !== undefined) trackLine(job, position);
  tellTelemetry(draft);
}

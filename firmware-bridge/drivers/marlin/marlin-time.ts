import { enter, setMachine, settle } from '../draft.ts';
import { endJob, endResendWait, lineOf, poll } from './marlin-job.ts';
import { type Draft, type MarlinState, send, sendNumbered } from './marlin-state.ts';

const TICK_STREAMING_MS = 250;
const TICK_READY_MS = 1_000;
/** A board that resets when the port opens reads nothing for about two seconds. */
const ASK_AGAIN_MS = 2_000;
const PROBE_MAX_MS = 12_000;
/** With keepalives every two seconds, silence this long means that an answer was lost; without them nothing is sure before 30 s. */
const UNANSWERED_BUSY_MS = 8_000;
const UNANSWERED_PLAIN_MS = 30_000;
const TICKLES_MAX = 5;
const QUIET_READY_MS = 4_000;
const SILENT_READY_MS = 15_000;
const STOPPING_MAX_MS = 60_000;

/** Next time at which something has to be asked or given up. A poll already due is not pushed back by traffic. */
export function wakeTime(state: MarlinState, nowMs: number, beforeMs: number): number {
  if (state.phase === 'closed') return Infinity;
  const everyMs =
    state.phase === 'streaming' || state.phase === 'stopping' ? TICK_STREAMING_MS : TICK_READY_MS;
  const regular = beforeMs > nowMs && beforeMs <= nowMs + everyMs ? beforeMs : nowMs + everyMs;
  return Math.min(regular, state.resendOkUntilMs ?? Infinity);
}

export function tick(draft: Draft): void {
  const { state, nowMs } = draft;
  if (state.phase === 'closed') return;
  if (state.phase === 'probing' || state.phase === 'clearing') {
    askAgain(draft);
    return;
  }
  if (state.phase === 'ready') {
    keepHearing(draft);
    return;
  }
  if (state.resendOkUntilMs !== undefined && nowMs >= state.resendOkUntilMs) {
    endResendWait(draft);
  }
  if (state.phase === 'stopping' && nowMs - state.phaseSinceMs > STOPPING_MAX_MS) {
    lost(draft, 'The machine did not answer when it was told to stop: its heaters may be on, look at it.');
    return;
  }
  tickle(draft);
  poll(draft);
}

/** An `ok` was lost, or the line was: a question under the next number brings out which. */
function tickle(draft: Draft): void {
  const { state, nowMs } = draft;
  if (state.awaiting === undefined) return;
  const limitMs = state.capabilities.has('BUSY_PROTOCOL') ? UNANSWERED_BUSY_MS : UNANSWERED_PLAIN_MS;
  if (nowMs - state.lastSignMs < limitMs) return;
  state.lastSignMs = nowMs;
  state.tickles += 1;
  if (state.tickles <= TICKLES_MAX) sendNumbered(draft, 'M105');
  else lost(draft, 'The machine has stopped answering: its heaters may be on, look at it.');
}

function askAgain(draft: Draft): void {
  const { state, nowMs } = draft;
  const isAlive = nowMs - state.lastSignMs < ASK_AGAIN_MS * 2 && state.lastSignMs > state.phaseSinceMs;
  const next = state.queries[0];
  if (state.isAsking && next !== undefined && nowMs - state.askedAtMs >= ASK_AGAIN_MS && !isAlive) {
    state.askedAtMs = nowMs;
    send(draft, next);
  }
  if (isAlive || nowMs - state.phaseSinceMs < PROBE_MAX_MS) return;
  if (state.phase === 'clearing') {
    enter(draft, 'ready');
    state.queries = [];
    state.isAsking = false;
    settle(draft, 'clearFault', 'The machine does not answer: switch it off and on, then try again.');
    return;
  }
  lost(
    draft,
    'Nothing that speaks Marlin answers there: check power, port and speed, and whether the printer has halted.',
  );
}

function keepHearing(draft: Draft): void {
  const { state, nowMs } = draft;
  if (state.machine.kind === 'alarm') return;
  const quietMs = nowMs - state.lastHeardMs;
  if (quietMs > SILENT_READY_MS)
    lost(draft, `The machine has not answered for ${Math.round(quietMs / 1_000)} seconds.`);
  else if (quietMs > QUIET_READY_MS) send(draft, 'M105');
}

/** The line is up but nobody is there. */
function lost(draft: Draft, reason: string): void {
  const { state } = draft;
  const { job } = state;
  enter(draft, 'closed');
  setMachine(draft, { kind: 'offline', reason });
  if (job !== undefined)
    endJob(draft, state.ending ?? { kind: 'failed', cause: 'silent', words: reason, line: lineOf(job) });
  settle(draft, 'connect', reason);
  settle(draft, 'clearFault', reason);
  draft.effects.push({ kind: 'close' });
}

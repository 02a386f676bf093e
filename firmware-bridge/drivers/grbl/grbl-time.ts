import { enter, setMachine, settle } from '../draft.ts';
import { endJob, resetNow } from './grbl-job.ts';
import { type Draft, type GrblState, identityOf, STATUS, send } from './grbl-state.ts';

/** GRBL's documentation advises 5 Hz and allows 10. */
const POLL_RUNNING_MS = 100;
const POLL_READY_MS = 1_000;
const POLL_WAITING_MS = 250;
/** GRBL answers `?` within milliseconds, also while dwelling. */
const SILENT_MS = 5_000;
/** Boards that reset when the port opens need about two seconds before they speak. */
const PROBE_SILENT_MS = 4_000;
const PROBE_MAX_MS = 10_000;
/** Slowing down from full speed takes less than this on any machine that cuts. */
const STANDSTILL_MAX_MS = 10_000;
const BANNER_MAX_MS = 4_000;
/** A homing cycle of a large, slow table. */
const HOMING_MAX_MS = 180_000;

/** Next time at which something has to be asked or given up. A poll already due is not pushed back by traffic. */
export function wakeTime(state: GrblState, nowMs: number, beforeMs: number): number {
  if (state.phase === 'closed') return Infinity;
  const isMoving =
    state.phase === 'streaming' || (state.phase === 'ready' && state.machine.kind === 'running');
  const everyMs = isMoving ? POLL_RUNNING_MS : state.phase === 'ready' ? POLL_READY_MS : POLL_WAITING_MS;
  return beforeMs > nowMs && beforeMs <= nowMs + everyMs ? beforeMs : nowMs + everyMs;
}

export function tick(draft: Draft): void {
  const { state, nowMs } = draft;
  if (state.phase === 'closed') return;
  const inPhaseMs = nowMs - state.phaseSinceMs;
  const silentMs = nowMs - state.lastHeardMs;
  if (state.phase === 'probing') giveUpProbing(draft, inPhaseMs);
  else if (state.phase === 'stopping' && inPhaseMs > STANDSTILL_MAX_MS) resetNow(draft);
  else if (state.phase === 'resetting' && inPhaseMs > BANNER_MAX_MS)
    lost(draft, 'The machine did not restart when it was told to stop.');
  else if (state.phase === 'clearing') giveUpClearing(draft, inPhaseMs, silentMs);
  else if (silentMs > SILENT_MS && !state.isSilent && state.machine.kind !== 'alarm')
    lost(draft, `The machine has not answered for ${Math.round(silentMs / 1_000)} seconds.`);
  if (draft.state.machine.kind !== 'offline') send(draft, STATUS);
}

function giveUpProbing(draft: Draft, inPhaseMs: number): void {
  const { state } = draft;
  if (!state.hasHeard && state.lastHeardMs > state.phaseSinceMs && inPhaseMs > PROBE_SILENT_MS) {
    lost(
      draft,
      'What answers there does not speak GRBL: check the speed of the port and which machine it is.',
    );
  } else if (!state.hasHeard && inPhaseMs > PROBE_SILENT_MS) {
    // After a limit alarm GRBL answers nothing at all until it is reset, and only a person may do that.
    const words =
      'The controller answers nothing: check power, port and speed. After a limit alarm it is silent until it is reset.';
    enter(draft, 'ready');
    state.isSilent = true;
    setMachine(draft, { kind: 'alarm', code: 'silent', words, positionLost: true });
    draft.effects.push({ kind: 'settle', command: 'connect', identity: identityOf(state) });
  } else if (inPhaseMs > PROBE_MAX_MS) {
    lost(draft, 'The controller did not tell its version and settings within 10 seconds.');
  }
}

function giveUpClearing(draft: Draft, inPhaseMs: number, silentMs: number): void {
  const isHoming = draft.state.isAsking && draft.state.queries[0] === '$H';
  if (inPhaseMs < (isHoming ? HOMING_MAX_MS : PROBE_MAX_MS) || (!isHoming && silentMs < BANNER_MAX_MS))
    return;
  const { state } = draft;
  enter(draft, 'ready');
  state.queries = [];
  state.isAsking = false;
  settle(draft, 'clearFault', 'The machine did not become idle: switch it off and on, then try again.');
}

/** The line is up but nobody is there. */
function lost(draft: Draft, reason: string): void {
  const { state } = draft;
  const { job } = state;
  enter(draft, 'closed');
  setMachine(draft, { kind: 'offline', reason });
  if (job !== undefined)
    endJob(draft, state.ending ?? { kind: 'failed', cause: 'silent', words: reason, line: job.line });
  settle(draft, 'connect', reason);
  settle(draft, 'clearFault', reason);
  draft.effects.push({ kind: 'close' });
}

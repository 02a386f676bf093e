import { enter, protocolOf, refusesClearing, setMachine, settle, tellTelemetry } from '../draft.ts';
import type { Protocol } from '../protocol.ts';
import type { ProgramRules } from '../untrusted-program/program-limits.ts';
import {
  acknowledge,
  endJob,
  lineOf,
  newMarker,
  notePosition,
  pump,
  reachMarker,
  resend,
  startJob,
  stop,
} from './marlin-job.ts';
import { type MarlinLine, readMarlinLine } from './marlin-lines.ts';
import { waits } from './marlin-program.ts';
import {
  type Draft,
  draftOf,
  HEATERS_OFF,
  identityOf,
  initialMarlinState,
  type MarlinJob,
  type MarlinState,
  send,
} from './marlin-state.ts';
import { tick, wakeTime } from './marlin-time.ts';

/** Soft reset of a killed board, where SOFT_RESET_VIA_SERIAL is built in; elsewhere an unknown command. */
const SOFT_RESET = '^X';

/** Marlin 1.1 to 2.1 with numbered lines, checksums and repeats. */
export function marlinProtocol(rules: ProgramRules): Protocol<MarlinState> {
  return protocolOf({
    initial: () => initialMarlinState(rules),
    ...{ draftOf, wakeTime, opened, closed, hear, tick, startJob, obey },
  });
}

/** Questions only. M400 answers when everything planned in an earlier life of the bridge is done. */
function opened(draft: Draft): void {
  const { machine, telemetry, rules } = draft.state;
  draft.state = {
    ...initialMarlinState(rules),
    machine,
    telemetry,
    lastHeardMs: draft.nowMs,
    lastSignMs: draft.nowMs,
  };
  enter(draft, 'probing');
  setMachine(draft, { kind: 'connecting' });
  draft.state.queries = ['M115', 'M105', 'M400'];
  askNext(draft);
}

function closed(draft: Draft, reason: string): void {
  const { job, ending } = draft.state;
  enter(draft, 'closed');
  setMachine(draft, { kind: 'offline', reason });
  if (job !== undefined) {
    const words = `${reason} What was planned may still have been carried out, and heaters may be on.`;
    endJob(draft, ending ?? { kind: 'failed', cause: 'link-lost', words, line: lineOf(job) });
  }
  settle(draft, 'connect', reason);
  settle(draft, 'clearFault', reason);
}

export function askNext(draft: Draft): void {
  const { state } = draft;
  const next = state.queries[0];
  state.askedAtMs = draft.nowMs;
  state.isAsking = next !== undefined;
  if (next !== undefined) {
    send(draft, next);
    return;
  }
  if (state.phase !== 'probing' && state.phase !== 'clearing') return;
  const wasClearing = state.phase === 'clearing';
  enter(draft, 'ready');
  setMachine(draft, { kind: 'idle' });
  if (wasClearing) settle(draft, 'clearFault');
  draft.effects.push({ kind: 'settle', command: 'connect', identity: identityOf(state) });
}

/** Reports that come by themselves spare the line the questions. */
function reportQueries(capabilities: ReadonlySet<string>): string[] {
  const temperature = capabilities.has('AUTOREPORT_TEMP') ? ['M155 S1'] : [];
  return capabilities.has('AUTOREPORT_POS') ? [...temperature, 'M154 S1'] : temperature;
}

function hear(draft: Draft, text: string): void {
  const { state } = draft;
  state.lastHeardMs = draft.nowMs;
  draft.effects.push({ kind: 'event', event: { kind: 'log', direction: 'in', text } });
  if (state.marker !== '' && text.includes(state.marker)) {
    reachMarker(draft);
    return;
  }
  obeyLine(draft, readMarlinLine(text));
}

function obeyLine(draft: Draft, line: MarlinLine): void {
  const { state } = draft;
  switch (line.kind) {
    case 'ok':
      if (line.temperatures !== undefined) noteTemperatures(draft, line.temperatures);
      hearOk(draft);
      return;
    case 'garbled':
      state.hasDamage = !line.isOutOfTurn;
      return;
    case 'resend':
      state.lastSignMs = draft.nowMs;
      resend(draft, line.number);
      state.hasDamage = false;
      return;
    case 'error':
      hearError(draft, line);
      return;
    case 'busy':
      hearBusy(draft, line.isPaused);
      return;
    case 'temperatures':
      // The only sign of life of firmwares without `busy` while they heat; elsewhere they would hide a lost answer.
      if (!state.capabilities.has('BUSY_PROTOCOL') && waits(state.awaiting?.text ?? ''))
        state.lastSignMs = draft.nowMs;
      noteTemperatures(draft, line.temperatures);
      return;
    case 'position':
      notePosition(draft, line.position);
      return;
    case 'firmware':
      state.firmware = line.name;
      state.version = line.version;
      return;
    case 'capability':
      if (line.isOn) state.capabilities = new Set([...state.capabilities, line.name]);
      return;
    case 'start':
      restarted(draft);
      return;
    case 'action':
      hearAction(draft, line.action);
  }
}

function hearOk(draft: Draft): void {
  const { state } = draft;
  state.lastSignMs = draft.nowMs;
  state.tickles = 0;
  if (state.phase === 'streaming' || state.phase === 'stopping') {
    acknowledge(draft);
  } else if (state.isAsking) {
    const isKnown = state.queries[0] === 'M115';
    state.queries = [...(isKnown ? reportQueries(state.capabilities) : []), ...state.queries.slice(1)];
    askNext(draft);
  }
}

function noteTemperatures(draft: Draft, temperatures: object): void {
  const { state } = draft;
  state.telemetry = {
    ...state.telemetry,
    temperatures: { ...state.telemetry.temperatures, ...temperatures },
  };
  tellTelemetry(draft);
}

function hearBusy(draft: Draft, isPaused: boolean): void {
  const { state } = draft;
  state.lastSignMs = draft.nowMs;
  if (state.phase === 'probing') {
    setMachine(draft, { kind: isPaused ? 'paused' : 'running' });
    draft.effects.push({ kind: 'settle', command: 'connect', identity: identityOf(state) });
  } else if (state.phase === 'streaming' && state.job !== undefined && isPaused) {
    state.job.isHeldByMachine = true;
    setMachine(draft, { kind: 'paused' });
  }
}

function hearError(draft: Draft, error: Extract<MarlinLine, { kind: 'error' }>): void {
  const { state } = draft;
  const { job } = state;
  const { words, isThermal, isKill } = error;
  if (state.phase === 'streaming' && !isThermal && !isKill) {
    stop(draft, { kind: 'failed', cause: 'error', words: `Error: ${words}`, line: lineOf(job) });
    return;
  }
  const code = isThermal ? 'thermal' : isKill ? 'killed' : 'error';
  // The first words name the cause; "kill() called" after them only says what happened then.
  if (state.machine.kind !== 'alarm')
    setMachine(draft, { kind: 'alarm', code, words: `Error: ${words}`, positionLost: true });
  const cause = isThermal ? 'thermal' : 'alarm';
  if (job !== undefined)
    endJob(draft, { kind: 'failed', cause, code, words: `Error: ${words}`, line: lineOf(job) });
}

function restarted(draft: Draft): void {
  const { state } = draft;
  const { job } = state;
  if (job !== undefined) {
    const words = 'The controller restarted by itself in mid-job; position and heat are gone.';
    endJob(draft, { kind: 'failed', cause: 'firmware-reset', words, line: lineOf(job) });
  }
  if (state.phase === 'clearing') {
    state.queries = ['M115', ...HEATERS_OFF];
    askNext(draft);
  } else if (state.machine.kind !== 'alarm') {
    enter(draft, 'probing');
    state.queries = ['M115', 'M105', 'M400'];
    askNext(draft);
  }
}

/** What the printer asks of its host: its own menu, a filament sensor, a question to a person. */
function hearAction(draft: Draft, words: string): void {
  const { job, phase } = draft.state;
  const [action = ''] = words.split(' ');
  if (job === undefined || phase !== 'streaming') return;
  if (action === 'pause' || action === 'paused') {
    job.isHeld = true;
    setMachine(draft, { kind: 'paused' });
  } else if (action === 'prompt_show') {
    job.hasPrompt = true;
    job.isHeldByMachine = true;
    setMachine(draft, { kind: 'paused' });
  } else if (action === 'prompt_end') {
    job.hasPrompt = false;
  } else if (action === 'resume' || action === 'resumed') {
    goOn(draft, job);
  } else if (action === 'cancel') {
    stop(draft, { kind: 'cancelled', line: lineOf(job) });
  }
}

function goOn(draft: Draft, job: MarlinJob): void {
  job.isHeld = false;
  job.isHeldByMachine = false;
  job.hasPrompt = false;
  setMachine(draft, { kind: 'running' });
  settle(draft, 'resume');
  pump(draft);
}

/** A person says to go on. The answer must pass the line that waits, which only an emergency parser lets it do. */
function resume(draft: Draft, job: MarlinJob): void {
  const { capabilities } = draft.state;
  if (job.isHeldByMachine && capabilities.has('PROMPT_SUPPORT') && !capabilities.has('EMERGENCY_PARSER')) {
    settle(draft, 'resume', 'This printer hears the answer only at its own display: press the button there.');
    return;
  }
  if (job.isHeldByMachine) send(draft, job.hasPrompt ? 'M876 S0' : 'M108');
  goOn(draft, job);
}

function obey(draft: Draft, command: 'pause' | 'resume' | 'cancel' | 'clearFault'): void {
  const { state } = draft;
  const { job } = state;
  if (command === 'clearFault') {
    clearFault(draft);
  } else if (job === undefined) {
    settle(draft, command, 'No job is running on this machine.');
  } else if (command === 'cancel') {
    if (state.phase === 'streaming') stop(draft, { kind: 'cancelled', line: lineOf(job) });
  } else if (state.phase !== 'streaming') {
    settle(draft, command, 'The job is being stopped.');
  } else if (command === 'pause') {
    if (job.isHeld && state.machine.kind === 'paused') settle(draft, 'pause');
    job.isHeld = true;
    state.extras = [...state.extras, 'M400', 'M114 R', newMarker(draft)];
    pump(draft);
  } else {
    resume(draft, job);
  }
}

function clearFault(draft: Draft): void {
  const { state } = draft;
  if (refusesClearing(draft)) return;
  enter(draft, 'clearing');
  state.isAsking = false;
  state.queries = ['M115', ...HEATERS_OFF];
  if (state.machine.kind === 'alarm') {
    send(draft, SOFT_RESET);
    // The board says `start` when it is back; the questions follow then, or at the next retry.
    state.isAsking = true;
    state.askedAtMs = draft.nowMs;
  } else {
    askNext(draft);
  }
}

import type { MachineState } from '../../machine.ts';
import {
  enter,
  protocolOf,
  refusesClearing,
  setMachine,
  settle,
  tellTelemetry,
  trackLine,
} from '../draft.ts';
import type { Protocol } from '../protocol.ts';
import type { ProgramRules } from '../untrusted-program/program-limits.ts';
import {
  acknowledge,
  endJob,
  failOnError,
  judgeStatus,
  pump,
  resetNow,
  stands,
  startJob,
  stop,
} from './grbl-job.ts';
import { type GrblLine, type GrblStatus, readGrblLine } from './grbl-lines.ts';
import {
  type Draft,
  draftOf,
  GO_ON,
  type GrblState,
  HOLD,
  identityOf,
  initialGrblState,
  RESET,
  STATUS,
  send,
} from './grbl-state.ts';
import { tick, wakeTime } from './grbl-time.ts';
import { alarmMeaning, errorWords } from './grbl-words.ts';

/** GRBL 1.1 by character counting; also grblHAL and FluidNC, which speak the same. */
export function grblProtocol(rules: ProgramRules): Protocol<GrblState> {
  return protocolOf({
    initial: () => initialGrblState(rules),
    ...{ draftOf, wakeTime, opened, closed, hear, tick, startJob, obey },
  });
}

/** Questions only: what runs on the machine is not ours to disturb before the journal was read. */
function opened(draft: Draft): void {
  const { state } = draft;
  draft.state = {
    ...initialGrblState(state.rules),
    machine: state.machine,
    telemetry: state.telemetry,
    lastHeardMs: draft.nowMs,
  };
  enter(draft, 'probing');
  setMachine(draft, { kind: 'connecting' });
  send(draft, STATUS);
}

function closed(draft: Draft, reason: string): void {
  const { job } = draft.state;
  enter(draft, 'closed');
  setMachine(draft, { kind: 'offline', reason });
  if (job !== undefined) {
    const words = `${reason} What was planned may still have been carried out.`;
    endJob(draft, draft.state.ending ?? { kind: 'failed', cause: 'link-lost', words, line: job.line });
  }
  settle(draft, 'connect', reason);
  settle(draft, 'clearFault', reason);
}

function hear(draft: Draft, text: string): void {
  const { state } = draft;
  state.lastHeardMs = draft.nowMs;
  const line = readGrblLine(text);
  if (line.kind !== 'status')
    draft.effects.push({ kind: 'event', event: { kind: 'log', direction: 'in', text } });
  if (line.kind !== 'other') state.hasHeard = true;
  switch (line.kind) {
    case 'status':
      hearStatus(draft, line.status);
      return;
    case 'ok':
    case 'error':
      hearAnswer(draft, line);
      return;
    case 'alarm':
      hearAlarm(draft, line.code);
      return;
    case 'banner':
      hearBanner(draft, line);
      return;
    case 'version':
      state.version = line.version;
      if (line.firmware !== undefined) state.firmware = line.firmware;
      return;
    case 'firmware':
      state.firmware = line.firmware;
      return;
    case 'options':
      state.rxBytes = line.rxBytes;
      state.plannerBlocks = line.plannerBlocks;
      return;
    case 'setting':
      state.settings = { ...state.settings, [line.number]: line.value };
  }
}

function hearAnswer(draft: Draft, answer: Extract<GrblLine, { kind: 'ok' | 'error' }>): void {
  const { state } = draft;
  if (state.phase === 'resetting' || state.phase === 'stopping') return;
  if (state.isAsking) {
    state.isAsking = false;
    if (answer.kind === 'error' && state.phase === 'clearing') {
      enter(draft, 'ready');
      settle(draft, 'clearFault', `The machine refused to be cleared: ${errorWords(answer.code)}.`);
      return;
    }
    state.queries = state.queries.slice(1);
    askNext(draft);
    return;
  }
  if (state.phase !== 'streaming') return;
  if (answer.kind === 'ok') acknowledge(draft);
  else failOnError(draft, answer.code);
}

/** System commands go one at a time: the answer then needs no counting. */
function askNext(draft: Draft): void {
  const { state } = draft;
  const next = state.queries[0];
  if (next !== undefined) {
    state.isAsking = true;
    send(draft, `${next}\n`);
    return;
  }
  if (state.phase === 'probing') {
    state.isIdentified = true;
    enter(draft, 'ready');
    if (state.status !== undefined) setMachine(draft, machineOf(state, state.status));
    draft.effects.push({ kind: 'settle', command: 'connect', identity: identityOf(state) });
  } else if (state.phase === 'clearing') {
    state.isIdentified = true;
    send(draft, STATUS);
  }
}

function hearAlarm(draft: Draft, code: number): void {
  const { state } = draft;
  const { isSilent, ...alarm } = alarmMeaning(code);
  state.isSilent = isSilent;
  if (state.phase === 'resetting') {
    // The reset itself caused it; the report after the banner tells the state, but not that steps were lost.
    setMachine(draft, { kind: 'alarm', ...alarm });
    return;
  }
  const { job } = state;
  // The last report may be a poll old: what left the planner since was at least this far.
  const begun = Math.max(job?.line ?? 0, (job?.linesAcknowledged ?? 0) - state.plannerBlocks);
  const line = code === 2 ? (job?.inFlight[0]?.line ?? begun) : begun;
  setMachine(draft, { kind: 'alarm', ...alarm });
  if (job !== undefined)
    endJob(draft, { kind: 'failed', cause: 'alarm', code: alarm.code, words: alarm.words, line });
  if (state.phase === 'clearing') {
    enter(draft, 'ready');
    state.queries = [];
    state.isAsking = false;
    settle(draft, 'clearFault', `The machine could not be cleared: ${alarm.words}.`);
  }
}

function hearBanner(draft: Draft, banner: Extract<GrblLine, { kind: 'banner' }>): void {
  const { state } = draft;
  state.firmware = banner.firmware;
  if (!state.isIdentified) state.version = banner.version;
  state.isSilent = false;
  state.awaitsBanner = false;
  state.isAsking = false;
  state.status = undefined;
  send(draft, STATUS);
  if (state.phase === 'streaming' || state.phase === 'stopping') {
    const words = 'The controller restarted by itself in mid-job; its position can no longer be trusted.';
    setMachine(draft, { kind: 'alarm', code: 'reset', words, positionLost: true });
    endJob(draft, { kind: 'failed', cause: 'firmware-reset', words, line: state.job?.line ?? 0 });
  } else if (state.phase === 'probing' || state.phase === 'clearing') {
    state.queries = [];
  }
}

function hearStatus(draft: Draft, status: GrblStatus): void {
  const { state } = draft;
  if (state.awaitsBanner) return;
  state.status = status;
  state.isSilent = false;
  if (status.offsetMm !== undefined) state.offsetMm = status.offsetMm;
  notePosition(draft, status);
  const machine = machineOf(state, status);
  switch (state.phase) {
    case 'probing':
      hearWhileProbing(draft, status, machine);
      return;
    case 'stopping':
      if (stands(status)) resetNow(draft);
      return;
    case 'resetting':
      hearAfterReset(draft, machine);
      return;
    case 'clearing':
      hearWhileClearing(draft, status, machine);
      return;
    case 'streaming':
      setMachine(draft, machine.kind === 'idle' ? { kind: 'running' } : machine);
      judgeStatus(draft, status);
      if (machine.kind === 'alarm' && state.job !== undefined)
        endJob(draft, {
          kind: 'failed',
          cause: 'alarm',
          code: machine.code,
          words: machine.words,
          line: state.job.line,
        });
      return;
    case 'ready':
      setMachine(draft, machine);
      if (!state.isIdentified && (machine.kind === 'idle' || machine.kind === 'alarm'))
        enter(draft, 'probing');
  }
}

function hearAfterReset(draft: Draft, machine: MachineState): void {
  const { state } = draft;
  if (machine.kind === 'running' || machine.kind === 'paused') return;
  setMachine(draft, machine);
  if (state.ending !== undefined) endJob(draft, state.ending);
  else enter(draft, 'ready');
}

function hearWhileProbing(draft: Draft, status: GrblStatus, machine: MachineState): void {
  const { state } = draft;
  if (machine.kind !== 'idle' && machine.kind !== 'alarm') {
    // Something from an earlier life is under way: `$I` would queue behind it and its answers would be taken for ours.
    enter(draft, 'ready');
    setMachine(draft, machine);
    draft.effects.push({ kind: 'settle', command: 'connect', identity: identityOf(state) });
    return;
  }
  if (state.queries.length > 0) return;
  state.status = status;
  state.queries = ['$I', '$$'];
  askNext(draft);
}

function hearWhileClearing(draft: Draft, status: GrblStatus, machine: MachineState): void {
  const { state } = draft;
  if (state.isAsking) return;
  if (status.state === 'Idle') {
    enter(draft, 'ready');
    setMachine(draft, { kind: 'idle' });
    settle(draft, 'clearFault');
  } else if (machine.kind === 'alarm') {
    const homes = (state.settings[22] ?? 0) !== 0;
    const queries = state.isIdentified ? [] : ['$I', '$$'];
    // A lock of a machine with switches means that it does not know where it is.
    const isLost = state.machine.kind === 'alarm' && state.machine.positionLost;
    if (!state.isIdentified || !isLost) state.queries = [...queries, ...(state.isIdentified ? ['$X'] : [])];
    else state.queries = [homes ? '$H' : '$X'];
    askNext(draft);
  }
}

function notePosition(draft: Draft, status: GrblStatus): void {
  const { state } = draft;
  const offset = state.offsetMm;
  const machineMm = status.machineMm;
  const work =
    status.workMm ??
    (machineMm && offset
      ? { xMm: machineMm.xMm - offset.xMm, yMm: machineMm.yMm - offset.yMm, zMm: machineMm.zMm - offset.zMm }
      : undefined);
  state.telemetry = {
    ...state.telemetry,
    ...(work === undefined ? {} : { positionMm: work }),
    ...(status.feedMmPerMin === undefined ? {} : { feedMmPerMin: status.feedMmPerMin }),
    ...(status.spindleRpm === undefined ? {} : { spindleRpm: status.spindleRpm }),
  };
  if (state.job !== undefined && work !== undefined) trackLine(state.job, work);
  tellTelemetry(draft);
}

function machineOf(state: GrblState, status: GrblStatus): MachineState {
  switch (status.state) {
    case 'Idle':
    case 'Check':
      return { kind: 'idle' };
    case 'Run':
    case 'Jog':
    case 'Home':
      return { kind: 'running' };
    case 'Hold':
    case 'Door':
    case 'Tool':
      return { kind: 'paused' };
    default:
      if (state.machine.kind === 'alarm' && state.machine.code !== 'silent') return state.machine;
      return {
        kind: 'alarm',
        code: status.state,
        words: `The controller reports ${status.state}: it is locked until a person clears it.`,
        positionLost: true,
      };
  }
}

function obey(draft: Draft, command: 'pause' | 'resume' | 'cancel' | 'clearFault'): void {
  const { state } = draft;
  if (command === 'clearFault') {
    clearFault(draft);
    return;
  }
  const { job } = state;
  if (job === undefined) {
    settle(draft, command, 'No job is running on this machine.');
    return;
  }
  if (command === 'cancel') {
    if (state.phase === 'streaming') stop(draft, { kind: 'cancelled', line: job.line });
    else state.ending ??= { kind: 'cancelled', line: job.line };
    return;
  }
  if (state.phase !== 'streaming') {
    settle(draft, command, 'The job is being stopped.');
    return;
  }
  state.status = undefined;
  job.isHeld = command === 'pause';
  send(draft, command === 'pause' ? HOLD : GO_ON);
  send(draft, STATUS);
  if (command === 'resume') pump(draft);
}

function clearFault(draft: Draft): void {
  const { state } = draft;
  if (refusesClearing(draft)) return;
  enter(draft, 'clearing');
  const isLocked = state.machine.kind === 'alarm' && !state.isSilent && state.machine.code !== 'silent';
  // A locked controller needs no reset; everything else is stopped by one (a foreign motion, a spindle left on).
  state.awaitsBanner = !isLocked;
  send(draft, isLocked ? STATUS : RESET);
}

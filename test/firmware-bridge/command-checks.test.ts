import { describe, expect, it } from 'vitest';
import {
  type AssignSituation,
  refuseAssign,
  refuseStart,
  type StartSituation,
} from '../../firmware-bridge/command-checks.ts';
import type { Execution } from '../../firmware-bridge/journal.ts';
import { router } from '../support/bridge-on-trial.ts';
import { assignment, startOf } from '../support/scripted-coordinator.ts';

const idle = { kind: 'idle' as const };
const alarm = { kind: 'alarm' as const, code: 'ALARM:1', words: 'Hard limit', positionLost: true };
const given = assignment({ fence: 5 });

function held(over: Partial<Execution> = {}): Execution {
  const { execution, job, fence, title, requirement, file, filePath } = given;
  const base = { execution, job, machine: 'router', fence, title, requirement, file, filePath };
  return { ...base, state: 'READY', leaseUntilMs: 0, ...over };
}

describe('whether a job may be assigned', () => {
  const now: AssignSituation = {
    ...{ config: router, maxFence: 4, known: undefined, open: undefined },
    ...{ state: idle, attention: undefined },
  };
  const codeWith = (over: Partial<AssignSituation>, command = given) =>
    refuseAssign(command, { ...now, ...over })?.code;

  it('is yes for a free machine of the right kind under a new fence', () => {
    expect(codeWith({})).toBeUndefined();
    expect(codeWith({ open: held({ fence: 4 }) })).toBeUndefined();
    // A person clears the bed before the start; fetching and preparing may go on meanwhile.
    expect(codeWith({ attention: { state: 'needs-operator', words: 'Clear the bed.' } })).toBeUndefined();
  });

  it.each([
    ['stale-fence', { maxFence: 6 }],
    ['conflict', { maxFence: 5 }],
    ['ended', { maxFence: 5, known: held({ state: 'FAILED' }) }],
    ['busy', { open: held({ intentMs: 1 }) }],
    ['busy', { state: { kind: 'running' as const } }],
    ['alarm', { state: alarm }],
    ['alarm', { attention: { state: 'alarm' as const, words: 'Hard limit' } }],
    ['offline', { state: { kind: 'offline' as const, reason: 'no answer' } }],
    ['offline', { state: { kind: 'connecting' as const } }],
  ])('is no: %s', (code, over) => {
    expect(codeWith(over)).toBe(code);
  });

  it('is no for another process', () => {
    const requirement = {
      process: 'print' as const,
      material: 'PLA',
      size: { xUm: 1, yUm: 1, zUm: 1 },
      materialMg: 1,
    };
    expect(refuseAssign({ ...given, requirement }, now)?.code).toBe('wrong-process');
  });
});

describe('whether a job may be started', () => {
  const now: StartSituation = {
    ...{
      execution: held(),
      maxFence: 5,
      leaseIsAlive: true,
      state: idle,
      attention: undefined,
      name: 'Router',
    },
  };
  const codeWith = (over: Partial<StartSituation>, by = 'automatic') =>
    refuseStart(startOf(given, by), { ...now, ...over })?.code;

  it('is yes for the newest, prepared job of a live lease on an idle machine', () => {
    expect(codeWith({})).toBeUndefined();
    expect(
      codeWith({ attention: { state: 'needs-operator', words: 'Clear the bed.' } }, 'ada'),
    ).toBeUndefined();
  });

  it.each([
    ['unknown-execution', { execution: undefined }],
    ['stale-fence', { maxFence: 6 }],
    ['stale-fence', { execution: held({ fence: 4 }) }],
    ['already-started', { execution: held({ intentMs: 1 }) }],
    ['already-started', { execution: held({ intentMs: 1, state: 'INTERRUPTED' }) }],
    ['not-ready', { execution: held({ state: 'FETCHING' }) }],
    ['not-ready', { execution: held({ state: 'RELEASED' }) }],
    ['lease-ended', { leaseIsAlive: false }],
    ['needs-operator', { attention: { state: 'needs-operator' as const, words: 'Clear the bed.' } }],
    ['alarm', { attention: { state: 'alarm' as const, words: 'Hard limit' } }],
    ['alarm', { state: alarm }],
    ['busy', { state: { kind: 'paused' as const } }],
  ])('is no: %s', (code, over) => {
    expect(codeWith(over)).toBe(code);
  });

  it('an alarm is not cleared by clearing the bed', () => {
    expect(codeWith({ attention: { state: 'alarm', words: 'Hard limit' } }, 'ada')).toBe('alarm');
  });
});

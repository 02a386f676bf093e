import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MachineLive } from '#contract/views.ts';
import {
  FAULT_SHOWN_MS,
  keepMachinesReady,
  OPERATOR_LOOKS_EVERY_MS,
} from '../../../server/demonstration/demo-operator.ts';
import { AppError } from '../../../server/errors.ts';

const refused = async () => {
  throw new AppError('conflict', 'Nobody answers.');
};

describe('the operator of the demonstration lab', () => {
  let live: MachineLive[];
  let cleared: string[];
  let isRefused: boolean;
  const said: string[] = [];
  let operator: { stop(): void };

  const be = (machine: string, state: MachineLive['state'], lab = 'demo') => {
    live = live.filter((one) => one.machine !== machine || one.lab !== lab);
    live.push({ lab, machine, state, sinceMs: 0 });
  };

  beforeEach(() => {
    vi.useFakeTimers();
    live = [];
    cleared = [];
    isRefused = false;
    said.length = 0;
    operator = keepMachinesReady({
      lab: 'demo',
      machines: {
        machineLive: () => live,
        commands: {
          ...{ pause: refused, resume: refused, cancel: refused, clearBed: refused },
          clearFault: async (lab, machine) => {
            if (isRefused) return refused();
            cleared.push(`${lab}/${machine}`);
            be(machine, 'idle');
          },
        },
      },
      nowMs: () => Date.now(),
      say: (sentence) => said.push(sentence),
    });
  });
  afterEach(() => {
    operator.stop();
    vi.useRealTimers();
  });

  it.each(['alarm', 'needs-operator'] as const)(
    'leaves a machine that is in %s so for a while, then clears it once',
    async (state) => {
      be('router', state);
      be('router', state, 'another-lab');
      await vi.advanceTimersByTimeAsync(FAULT_SHOWN_MS);
      expect(cleared).toEqual([]);
      await vi.advanceTimersByTimeAsync(2 * OPERATOR_LOOKS_EVERY_MS);
      expect(cleared).toEqual(['demo/router']);
      await vi.advanceTimersByTimeAsync(10 * FAULT_SHOWN_MS);
      expect(cleared).toEqual(['demo/router']);
    },
  );

  it('counts anew for a fault that comes after the machine was well again', async () => {
    be('router', 'alarm');
    await vi.advanceTimersByTimeAsync(FAULT_SHOWN_MS);
    be('router', 'running');
    await vi.advanceTimersByTimeAsync(OPERATOR_LOOKS_EVERY_MS);
    be('router', 'alarm');
    await vi.advanceTimersByTimeAsync(FAULT_SHOWN_MS);
    expect(cleared).toEqual([]);
  });

  it('says why a machine cannot be cleared, and tries again', async () => {
    isRefused = true;
    be('router', 'alarm');
    await vi.advanceTimersByTimeAsync(FAULT_SHOWN_MS + 2 * OPERATOR_LOOKS_EVERY_MS);
    expect(said[0]).toBe('router of the demonstration stays stopped: Nobody answers.');
    isRefused = false;
    await vi.advanceTimersByTimeAsync(OPERATOR_LOOKS_EVERY_MS);
    expect(cleared).toEqual(['demo/router']);
  });
});

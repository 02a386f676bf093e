import { describe, expect, it } from 'vitest';
import { keepConnected } from '../../firmware-bridge/machine-link.ts';
import { FakeMachine } from '../support/fake-machine.ts';
import { HandClock } from '../support/hand-clock.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the link to a machine', () => {
  it('is tried again, less and less often, and complained about once', async () => {
    const machine = new FakeMachine();
    const clock = new HandClock();
    const log: string[] = [];
    const works = machine.connect.bind(machine);
    let attempts = 0;
    machine.connect = async () => {
      attempts += 1;
      if (attempts < 4) throw new Error('Nothing answers at tcp://127.0.0.1:1.');
      return works();
    };
    const stop = keepConnected('Router', machine, clock, (sentence) => log.push(sentence));
    const seen: number[] = [];
    for (const waitMs of [0, 1_000, 2_000, 4_000]) {
      clock.advance(waitMs);
      await settle();
      seen.push(attempts);
    }
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(log).toEqual([
      'Router cannot be reached: Nothing answers at tcp://127.0.0.1:1. Trying again.',
      'Router: connected (Fake 1).',
    ]);
    // Lost later on: it is asked again, and only asked.
    machine.set({ kind: 'offline', reason: 'The cable was pulled.' });
    clock.advance(1_000);
    await settle();
    expect(machine.state()).toEqual({ kind: 'idle' });
    expect(machine.calls).toEqual(['connect', 'connect']);
    stop();
    machine.set({ kind: 'offline', reason: 'The cable was pulled.' });
    clock.advance(100_000);
    await settle();
    expect(attempts).toBe(5);
  });
});

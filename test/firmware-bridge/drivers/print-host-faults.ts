import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostFaults } from '../../../firmware-bridge/drivers/simulator/simulated-host.ts';
import type { Machine } from '../../../firmware-bridge/machine.ts';
import { until } from '../../support/until.ts';
import { newName, type PrintHostOnTrial, programOf } from './print-host-on-trial.ts';
import { watch } from './watched-machine.ts';

/** Looks come once a second, by clocks that run ten times as fast. */
const SEVERAL_LOOKS_MS = 400;

/** A simulated host, whose faults are on switches. */
export type FaultyPrintHost = PrintHostOnTrial & {
  simulator: {
    network: { faults: HostFaults; orders: string[]; questions: number };
    halt: (words: string) => void;
    acknowledge: () => void;
  };
};

/** What every driver of a print host must make of bad networks, slow hosts and printers that halt. */
export function describeFaultyPrintHost(title: string, open: () => Promise<FaultyPrintHost>): void {
  let host: FaultyPrintHost;
  let machine: Machine;
  let seen: ReturnType<typeof watch>;
  const short = programOf(4);

  beforeEach(async () => {
    host = await open();
    machine = host.newMachine();
    seen = watch(machine);
    await machine.connect();
  });

  afterEach(async () => {
    await machine.close();
    await host.close();
  });

  const faults = (wanted: HostFaults) => {
    host.simulator.network.faults = wanted;
  };
  const placed = async (program = short) => {
    const name = newName();
    await machine.hosted?.place(program, name);
    return name;
  };
  const ended = () => until(() => seen.outcomes()[0]);

  describe(title, () => {
    it('begins once, and knows it, when the answer to the start is lost', async () => {
      const name = await placed();
      faults({ losesAnswersToOrders: true });
      await machine.start(short, name);
      faults({});
      expect(await ended()).toMatchObject({ kind: 'succeeded' });
      expect(await host.begun()).toEqual([name]);
    });

    it('waits for a host that has accepted a start and still shows what was before', async () => {
      const before = await placed();
      await machine.start(short, before);
      await ended();
      await until(() => machine.state().kind === 'idle');
      const name = await placed();
      faults({ lateMs: 48_000 });
      await machine.start(short, name);
      // The end that was shown all the time is the one of the job before.
      expect(seen.outcomes()).toHaveLength(1);
      expect(machine.state()).toEqual({ kind: 'running' });
      await until(() => seen.outcomes().length === 2);
      expect(await host.begun()).toEqual([before, name]);
    });

    it('brings a job to its end over a network that breaks every fifth question', async () => {
      const program = programOf(12);
      const name = await placed(program);
      await machine.start(program, name);
      faults({ hangUpEvery: 5 });
      expect(await ended()).toMatchObject({ kind: 'succeeded' });
      expect(seen.outcomes()).toHaveLength(1);
      expect(await host.begun()).toEqual([name]);
    });

    it('takes an error of the server for no news, and for a lost link when it stays', async () => {
      const program = programOf(60);
      const name = await placed(program);
      await machine.start(program, name);
      const asked = seen.telemetry().length;
      faults({ brokenAnswers: 1 });
      await until(() => seen.telemetry().length > asked + 2);
      expect(seen.states()).not.toContain('offline');
      faults({ brokenAnswers: 1_000 });
      await until(() => machine.state().kind === 'offline');
      expect(machine.state()).toMatchObject({ reason: expect.stringContaining('500') });
      expect(seen.outcomes()).toEqual([]);
    });

    it('is patient with a slow host', async () => {
      faults({ delayMs: 1_500 });
      const name = await placed();
      await machine.start(short, name);
      expect(await ended()).toMatchObject({ kind: 'succeeded' });
      expect(seen.states()).not.toContain('offline');
    });

    it('tells a printer that halts as an alarm, which a person clears', async () => {
      const program = programOf(60);
      await machine.start(program, await placed(program));
      host.simulator.halt('Thermal Runaway, system stopped! Heater_ID: 0');
      expect(await ended()).toMatchObject({ kind: 'failed' });
      await until(() => machine.state().kind === 'alarm');
      expect(machine.state()).toMatchObject({ words: expect.stringContaining('Thermal Runaway') });
      host.simulator.acknowledge();
      await machine.clearFault();
      expect(machine.state()).toEqual({ kind: 'idle' });
      expect(seen.outcomes()).toHaveLength(1);
    });

    it('asks nothing any more once it is closed', async () => {
      const program = programOf(60);
      await machine.start(program, await placed(program));
      await machine.pause();
      await machine.resume();
      await machine.close();
      const { questions } = host.simulator.network;
      await new Promise((resolve) => setTimeout(resolve, SEVERAL_LOOKS_MS));
      expect(host.simulator.network.questions).toBe(questions);
    });

    it('gives the host no order while it is only watched', async () => {
      await host.startByHand('benchy.gcode', programOf(60));
      await until(() => machine.state().kind === 'busy');
      await machine.cancel();
      await expect(machine.pause()).rejects.toThrow('No job is running');
      expect(host.simulator.network.orders).toEqual([]);
    });
  });
}

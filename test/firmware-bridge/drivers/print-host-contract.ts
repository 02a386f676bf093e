import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../../firmware-bridge/machine.ts';
import { until } from '../../support/until.ts';
import { newName, type PrintHostOnTrial, programOf } from './print-host-on-trial.ts';
import { watch } from './watched-machine.ts';

export type ContractOptions = {
  /** What the host can say of a file that lies there and was never begun. */
  ofNothing: 'not-started' | 'unknown';
  /** Long enough, in the printer's seconds, to do something in the middle of it. */
  longSeconds: number;
};

/** What every driver of a host that keeps its programs must do, whatever the host. */
export function describePrintHost(
  title: string,
  open: () => Promise<PrintHostOnTrial>,
  { ofNothing, longSeconds }: ContractOptions,
): void {
  let host: PrintHostOnTrial;
  const machines: Machine[] = [];
  const long = programOf(longSeconds);
  const short = programOf(3);

  beforeEach(async () => {
    host = await open();
  });

  afterEach(async () => {
    for (const machine of machines.splice(0)) await machine.close();
    await host.close();
  });

  const newMachine = (key?: string) => {
    const machine = host.newMachine(key);
    machines.push(machine);
    return { machine, seen: watch(machine) };
  };
  const connected = async () => {
    const one = newMachine();
    await one.machine.connect();
    return one;
  };
  const started = async (program = long) => {
    const one = await connected();
    const name = newName();
    await one.machine.hosted?.place(program, name);
    await one.machine.start(program, name);
    return { ...one, name };
  };
  /** The bridge ends; another one comes. */
  const nextLife = async (before: Machine) => {
    await before.close();
    return connected();
  };
  const idle = (machine: Machine) => until(() => machine.state().kind === 'idle');

  describe(title, () => {
    it('lives through a job: laid there, started, told, ended once', async () => {
      const { machine, seen } = newMachine();
      const program = programOf(8);
      expect((await machine.connect()).capabilities.jobHost).toBe('controller');
      expect(machine.state()).toEqual({ kind: 'idle' });
      const name = newName();
      await machine.hosted?.place(program, name);
      expect(machine.state()).toEqual({ kind: 'idle' });
      expect(await host.begun()).not.toContain(name);
      await machine.start(program, name);
      await until(() => seen.outcomes().length > 0);
      await idle(machine);
      expect(seen.outcomes()).toMatchObject([{ kind: 'succeeded' }]);
      expect(seen.states()).toEqual(['connecting', 'idle', 'running', 'idle']);
      expect(machine.telemetry()).toMatchObject({ line: program.length - 1, linesTotal: program.length });
      expect((await host.begun()).filter((one) => one === name)).toEqual([name]);
    });

    it('tells the line that is being printed, which never goes back', async () => {
      const { seen } = await started(programOf(6));
      await until(() => seen.outcomes().length > 0);
      const lines = seen.telemetry().map(({ line }) => line);
      expect(lines).toEqual([...lines].sort((a, b) => a - b));
      expect(new Set(lines).size).toBeGreaterThan(2);
    });

    it('pauses, stands, goes on and ends', async () => {
      const { machine, seen } = await started(programOf(6));
      await machine.pause();
      expect(machine.state()).toEqual({ kind: 'paused' });
      await machine.pause();
      await machine.resume();
      expect(machine.state()).toEqual({ kind: 'running' });
      await until(() => seen.outcomes().length > 0);
      expect(seen.outcomes()).toMatchObject([{ kind: 'succeeded' }]);
      expect(seen.states().slice(1)).toEqual(['idle', 'running', 'paused', 'running', 'idle']);
    });

    it('cancels, ends once and prints nothing afterwards', async () => {
      const { machine, seen } = await started();
      await machine.cancel();
      await idle(machine);
      await machine.cancel();
      expect(seen.outcomes()).toMatchObject([{ kind: 'cancelled' }]);
      expect(await host.begun()).toHaveLength(1);
    });

    it('is busy, not idle, while it prints what somebody started there, and leaves that alone', async () => {
      await host.startByHand('benchy.gcode', long);
      const { machine } = newMachine();
      await machine.connect();
      await until(() => machine.state().kind === 'busy');
      expect(machine.state()).toMatchObject({ words: expect.stringContaining('benchy.gcode') });
      await expect(machine.start(short, newName())).rejects.toThrow('not started');
      await machine.cancel();
      expect(machine.state()).toMatchObject({ kind: 'busy' });
      expect(await host.begun()).toHaveLength(1);
    });

    it('tells a stop at the panel as the end', async () => {
      const { machine, seen } = await started();
      await host.stopByHand();
      await until(() => seen.outcomes().length > 0);
      await idle(machine);
      expect(seen.outcomes()).toHaveLength(1);
      expect(['failed', 'cancelled']).toContain(seen.outcomes()[0]?.kind);
    });

    it.each(['running', 'paused'] as const)('finds a %s job again in the next life', async (kind) => {
      const first = await started();
      if (kind === 'paused') await first.machine.pause();
      const { machine, seen } = await nextLife(first.machine);
      // Whose print it is nobody has said yet: it is not idle in any case.
      expect(machine.state().kind).toBe('busy');
      expect(await machine.hosted?.findAgain(first.name)).toEqual({ kind });
      expect(machine.state()).toEqual({ kind });
      await machine.cancel();
      expect(machine.telemetry().linesTotal).toBe(long.length);
      expect(seen.outcomes()).toHaveLength(1);
      expect(await host.begun()).toHaveLength(1);
    });

    it('tells how a job ended while nobody looked', async () => {
      const first = await started(short);
      await first.machine.close();
      const onlooker = newMachine().machine;
      await onlooker.connect();
      await idle(onlooker);
      const { machine, seen } = await nextLife(onlooker);
      expect(await machine.hosted?.findAgain(first.name)).toMatchObject({
        kind: 'ended',
        outcome: { kind: 'succeeded' },
      });
      expect(seen.outcomes()).toEqual([]);
      expect(machine.state()).toEqual({ kind: 'idle' });
    });

    it('says of a file that was laid there and never begun what is certain', async () => {
      const { machine } = await connected();
      const name = newName();
      await machine.hosted?.place(short, name);
      const next = await nextLife(machine);
      expect(await next.machine.hosted?.findAgain(name)).toMatchObject({ kind: ofNothing });
      expect(await host.begun()).toEqual([]);
    });

    it('knows nothing of a name that was never there', async () => {
      const { machine } = await connected();
      expect(await machine.hosted?.findAgain(newName())).toMatchObject({ kind: 'unknown' });
    });

    it('lets a job go on while the network is away, and has it back afterwards', async () => {
      const { machine, seen, name } = await started(programOf(longSeconds));
      await host.unplug();
      await until(() => machine.state().kind === 'offline');
      expect(seen.outcomes()).toEqual([]);
      await expect(machine.connect()).rejects.toThrow('cannot be reached');
      await host.plugIn();
      await machine.connect();
      expect(await machine.hosted?.findAgain(name)).toEqual({ kind: 'running' });
      await machine.cancel();
      expect(seen.outcomes()).toMatchObject([{ kind: 'cancelled' }]);
      expect(await host.begun()).toHaveLength(1);
    });

    it('never begins again, nor calls finished, what a restart of the host cut short', async () => {
      const { machine, name } = await started();
      await machine.close();
      await host.restart();
      const next = await nextLife(machine);
      const found = await next.machine.hosted?.findAgain(name);
      if (found?.kind === 'ended') expect(found.outcome.kind).toBe('failed');
      else expect(found?.kind).toBe('unknown');
      expect(next.machine.state()).toEqual({ kind: 'idle' });
      expect((await host.begun()).filter((one) => one === name).length).toBeLessThanOrEqual(1);
    });

    it('refuses a program that reaches past the job before anything is laid there', async () => {
      const { machine } = await connected();
      await expect(machine.hosted?.place(['G28', 'M502'], newName())).rejects.toThrow('Line 2');
    });

    it('says that the key is not accepted', async () => {
      const { machine } = newMachine('a-wrong-key');
      await expect(machine.connect()).rejects.toThrow(/does not accept/);
      expect(machine.state()).toMatchObject({ kind: 'offline' });
    });
  });
}

import { afterEach, describe, expect, it } from 'vitest';
import { createMoonrakerMachine } from '../../../firmware-bridge/drivers/moonraker/create-moonraker-machine.ts';
import type { SimulatedKlipper } from '../../../firmware-bridge/drivers/simulator/simulated-klipper.ts';
import type { Machine, MachineClock } from '../../../firmware-bridge/machine.ts';
import { until } from '../../support/until.ts';
import { watch } from './watched-machine.ts';

/** A Moonraker to be driven, real or simulated, and the hands that reach past it. */
export type MoonrakerWorld = {
  url: string;
  klipper: SimulatedKlipper;
  clock: MachineClock;
  restartMoonraker: () => Promise<void>;
  stop: () => Promise<void>;
};

/** Each line takes a second of the printer's time. */
export const seconds = (count: number) => Array.from({ length: count }, (_, line) => `G4 P1000 ; ${line}`);

/** Machines of one test, each closed at its end. */
export function machinesAt(world: () => MoonrakerWorld) {
  const open: Machine[] = [];
  afterEach(async () => {
    for (const machine of open.splice(0)) await machine.close();
  });
  return {
    make: (url = world().url) => {
      const machine = createMoonrakerMachine(url, world().clock, { machineClass: 'printer', limits: {} });
      open.push(machine);
      return { machine, seen: watch(machine), hosted: hostedOf(machine) };
    },
    connected: async function () {
      const made = this.make();
      await made.machine.connect();
      return made;
    },
    /** A print under way, with some of it done. */
    running: async function (name: string, lines = 60) {
      const made = await this.connected();
      await made.machine.start(seconds(lines), name);
      await until(() => made.machine.telemetry().line >= 3);
      return made;
    },
  };
}

export type Made = ReturnType<ReturnType<typeof machinesAt>['make']>;

export const outcome = ({ seen }: Made) => until(() => seen.outcomes()[0]);
export const idle = ({ machine }: Made) => until(() => machine.state().kind === 'idle');

let names = 0;
/** As an execution's name: nothing else is ever called that. */
export const freshName = () => `cw-${process.pid}-${++names}.gcode`;

/** What a job on a Moonraker must live through; `start` gives one that is idle. */
export function describeLife(start: () => Promise<MoonrakerWorld>): void {
  let world: MoonrakerWorld;
  const { make, connected, running } = bound(() => world);
  afterEach(() => world.stop());

  describe('the life of a job', () => {
    it('asks who is there and orders nothing', async () => {
      world = await start();
      const { machine } = make();
      const identity = await machine.connect();
      expect(identity).toMatchObject({ firmware: 'Klipper', capabilities: { jobHost: 'controller' } });
      expect(machine.state()).toEqual({ kind: 'idle' });
      expect(machine.telemetry().temperatures).toMatchObject({ nozzleC: 21, bedTargetC: 0 });
      expect(world.klipper.orders).toEqual([]);
    });

    it('places a program, starts it once and sees it through', async () => {
      world = await start();
      const made = await connected();
      const name = freshName();
      await made.hosted.place(seconds(30), name);
      expect(world.klipper.orders).toEqual([]);
      await made.machine.start(seconds(30), name);
      expect(made.machine.state()).toEqual({ kind: 'running' });
      expect((await outcome(made)).kind).toBe('succeeded');
      await idle(made);
      const lines = made.seen.telemetry().map(({ line }) => line);
      expect(lines).toEqual([...lines].sort((a, b) => a - b));
      expect(made.machine.telemetry()).toMatchObject({ line: 29, linesTotal: 30, linesAcknowledged: 30 });
      expect(world.klipper.orders).toEqual([`start ${name}`]);
      expect(made.seen.outcomes()).toHaveLength(1);
    });

    it('pauses, stands still, goes on, and is still one print', async () => {
      world = await start();
      const name = freshName();
      const made = await running(name);
      await made.machine.pause();
      expect(made.machine.state()).toEqual({ kind: 'paused' });
      await made.machine.pause();
      await made.machine.resume();
      expect(made.machine.state()).toEqual({ kind: 'running' });
      expect((await outcome(made)).kind).toBe('succeeded');
      expect(world.klipper.orders).toEqual([`start ${name}`, 'pause', 'resume']);
    });

    it('cancels, and is ready for the next', async () => {
      world = await start();
      const made = await running(freshName(), 600);
      await made.machine.cancel();
      expect(made.seen.outcomes()).toEqual([{ kind: 'cancelled', line: expect.any(Number) }]);
      await idle(made);
      await made.machine.start(seconds(2), freshName());
      await until(() => made.seen.outcomes()[1]?.kind === 'succeeded');
    });

    it('tells a pause and a cancel that somebody gave at the printer', async () => {
      world = await start();
      const made = await running(freshName(), 600);
      world.klipper.pause();
      await until(() => made.machine.state().kind === 'paused');
      world.klipper.cancel();
      expect((await outcome(made)).kind).toBe('cancelled');
    });
  });

  describe('a bridge that was away', () => {
    it('finds a print that goes on, with its lines, and hears its end once', async () => {
      world = await start();
      const name = freshName();
      const first = await running(name);
      await first.machine.close();
      const second = await connected();
      expect(second.machine.state().kind).toBe('busy');
      expect(await second.hosted.findAgain(name)).toEqual({ kind: 'running' });
      expect(second.machine.telemetry().linesTotal).toBe(60);
      expect((await outcome(second)).kind).toBe('succeeded');
      expect(second.seen.outcomes()).toHaveLength(1);
      expect(world.klipper.orders).toEqual([`start ${name}`]);
    });

    it('finds a print that stands paused, and can let it go on', async () => {
      world = await start();
      const name = freshName();
      const first = await running(name);
      await first.machine.pause();
      await first.machine.close();
      const second = await connected();
      expect(await second.hosted.findAgain(name)).toEqual({ kind: 'paused' });
      await second.machine.resume();
      expect((await outcome(second)).kind).toBe('succeeded');
    });

    it('learns from the history how prints ended, though others came after them', async () => {
      world = await start();
      const [whole, stopped, last] = [freshName(), freshName(), freshName()];
      const first = await connected();
      await first.machine.start(seconds(2), whole);
      await outcome(first);
      await idle(first);
      await first.machine.start(seconds(600), stopped);
      await first.machine.cancel();
      await idle(first);
      await first.machine.start(seconds(2), last);
      await until(() => first.seen.outcomes().length === 3);
      await first.machine.close();
      const second = await connected();
      expect(await second.hosted.findAgain(whole)).toMatchObject({ outcome: { kind: 'succeeded' } });
      expect(await second.hosted.findAgain(stopped)).toMatchObject({ outcome: { kind: 'cancelled' } });
      expect(second.seen.outcomes()).toEqual([]);
    });

    it('is certain of a print that never began, and takes its file away', async () => {
      world = await start();
      const name = freshName();
      const { machine, hosted } = await connected();
      await hosted.place(seconds(5), name);
      expect(await hosted.findAgain(name)).toEqual({ kind: 'not-started' });
      world.klipper.orders.splice(0);
      expect(() => world.klipper.script(`SDCARD_PRINT_FILE FILENAME="${name}"`)).toThrow(
        'Unable to open file',
      );
      expect(machine.state()).toEqual({ kind: 'idle' });
    });
  });

  describe('what others do to the printer', () => {
    it('is busy with a print from elsewhere, starts nothing on top and stops nothing of it', async () => {
      world = await start();
      const [foreign, ours] = [freshName(), freshName()];
      const made = await connected();
      await made.hosted.place(seconds(600), foreign);
      world.klipper.script(`SDCARD_PRINT_FILE FILENAME="${foreign}"`);
      await until(() => made.machine.state().kind === 'busy');
      expect(made.machine.state()).toMatchObject({ words: expect.stringContaining(foreign) });
      await expect(made.machine.start(seconds(5), ours)).rejects.toThrow(/did not start/);
      await made.machine.cancel();
      expect(world.klipper.orders).toEqual([`start ${foreign}`]);
      world.klipper.cancel();
      await idle(made);
      expect(made.seen.outcomes()).toEqual([]);
    });

    it('fails with the words of a shutdown, and is idle after a person had it restarted', async () => {
      world = await start();
      const made = await running(freshName(), 600);
      world.klipper.shutdown('Heater extruder not heating at expected rate');
      expect(await outcome(made)).toMatchObject({
        ...{ kind: 'failed', cause: 'thermal', words: 'Heater extruder not heating at expected rate' },
      });
      await until(() => made.machine.state().kind === 'alarm');
      await expect(made.machine.start(seconds(2), freshName())).rejects.toThrow(/not heating/);
      await made.machine.clearFault();
      expect(made.machine.state()).toEqual({ kind: 'idle' });
      expect(made.seen.outcomes()).toHaveLength(1);
    });

    it('fails when Klipper is restarted in the middle', async () => {
      world = await start();
      const made = await running(freshName(), 600);
      world.klipper.restart();
      await until(() => made.seen.states().includes('offline'));
      expect(await outcome(made)).toMatchObject({ kind: 'failed', cause: 'firmware-reset' });
      await idle(made);
    });

    it('sees a print through though Moonraker is restarted in the middle', async () => {
      world = await start();
      const made = await running(freshName(), 400);
      await world.restartMoonraker();
      await until(() => made.machine.state().kind === 'offline');
      expect(made.seen.outcomes()).toEqual([]);
      await made.machine.connect();
      expect(made.machine.state()).toEqual({ kind: 'running' });
      expect((await outcome(made)).kind).toBe('succeeded');
    });
  });
}

function bound(world: () => MoonrakerWorld) {
  const machines = machinesAt(world);
  return {
    make: machines.make,
    connected: () => machines.connected(),
    running: (name: string, lines?: number) => machines.running(name, lines),
  };
}

function hostedOf({ hosted }: Machine) {
  if (hosted === undefined) throw new Error('It holds no programs.');
  return hosted;
}

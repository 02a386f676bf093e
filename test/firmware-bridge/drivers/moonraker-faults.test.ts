import { afterEach, describe, expect, it } from 'vitest';
import {
  type MoonrakerFaults,
  setFaults,
} from '../../../firmware-bridge/drivers/simulator/moonraker-faults.ts';
import {
  MoonrakerSimulator,
  type MoonrakerSimulatorOptions,
} from '../../../firmware-bridge/drivers/simulator/moonraker-simulator.ts';
import { until } from '../../support/until.ts';
import { fastClock } from './fast-clock.ts';
import { freshName, idle, machinesAt, outcome, seconds } from './moonraker-life.ts';

const clock = fastClock(20);
let simulator: MoonrakerSimulator;
let url = '';
const machines = machinesAt(() => ({
  ...{ url, clock, klipper: simulator.moonraker.klipper },
  restartMoonraker: async () => simulator.restartMoonraker(),
  stop: () => simulator.close(),
}));
afterEach(() => simulator.close());

async function simulate(faults: MoonrakerFaults = {}, options: MoonrakerSimulatorOptions = {}) {
  simulator = new MoonrakerSimulator({ speedUp: 100, ...options });
  setFaults(simulator, faults);
  const { port } = await simulator.listen();
  url = `moonraker+http://127.0.0.1:${port}`;
  return simulator.moonraker;
}

/** What everybody is told of a print that Klipper does, from another client. */
const printElsewhere = (name: string) =>
  simulator.moonraker.klipper.script(`SDCARD_PRINT_FILE FILENAME="${name}"`);

describe('a link that fails', () => {
  it('is offline when a socket is dropped, and the print goes on to its end', async () => {
    const { klipper } = await simulate({ dropAtLine: 10 });
    const name = freshName();
    const made = await machines.connected();
    const started = made.machine.start(seconds(300), name);
    await until(() => made.machine.state().kind === 'offline');
    expect(made.machine.state()).toEqual({ kind: 'offline', reason: 'Moonraker closed the connection.' });
    expect(made.seen.outcomes()).toEqual([]);
    await made.machine.connect();
    await started;
    expect((await outcome(made)).kind).toBe('succeeded');
    expect(klipper.orders).toEqual([`start ${name}`]);
  });

  it('takes silence for an absence and never for an end', async () => {
    await simulate({ silentAtLine: 10 });
    const made = await machines.connected();
    const started = made.machine.start(seconds(400), freshName());
    await until(() => made.machine.state().kind === 'offline');
    expect(made.machine.state()).toMatchObject({ reason: 'Moonraker has not answered for 15 s.' });
    expect(made.seen.outcomes()).toEqual([]);
    simulator.isSilent = false;
    await made.machine.connect();
    await started;
    expect((await outcome(made)).kind).toBe('succeeded');
  });

  it('learns how a print ended while nobody could be reached', async () => {
    const { klipper } = await simulate();
    const made = await machines.running(freshName(), 600);
    simulator.isOff = true;
    simulator.dropSockets();
    await until(() => made.machine.state().kind === 'offline');
    await expect(made.machine.connect()).rejects.toThrow(/cannot be reached .*switched on/);
    klipper.cancel();
    expect(made.seen.outcomes()).toEqual([]);
    simulator.isOff = false;
    await made.machine.connect();
    expect((await outcome(made)).kind).toBe('cancelled');
  });

  it('bears slow answers', async () => {
    await simulate({ slowMs: 200 });
    const made = await machines.connected();
    await made.machine.start(seconds(40), freshName());
    await made.machine.pause();
    await made.machine.resume();
    expect((await outcome(made)).kind).toBe('succeeded');
  });

  it('says that a key is missing or wrong', async () => {
    await simulate({}, { apiKey: 'the right one' });
    const bare = machines.make();
    await expect(bare.machine.connect()).rejects.toThrow(/asks for a key/);
    expect(bare.machine.state().kind).toBe('offline');
    await expect(machines.make(`${url}?key=guess`).machine.connect()).rejects.toThrow(
      /does not accept the key/,
    );
    const { machine } = machines.make(`${url}?key=the%20right%20one`);
    await machine.connect();
    await machine.start(seconds(2), freshName());
  });

  it('waits outside while Klipper is away', async () => {
    const { klipper } = await simulate({}, { speedUp: 1 });
    klipper.restart();
    const { machine } = machines.make();
    await expect(machine.connect()).rejects.toThrow(/Klipper is not connected/);
    expect(machine.state().kind).toBe('offline');
  });
});

describe('a start that goes wrong', () => {
  it('refuses a file that did not arrive whole, and takes it when it is sent again', async () => {
    const moonraker = await simulate({ damagedUploads: 1 });
    const { machine, hosted } = await machines.connected();
    const name = freshName();
    await expect(hosted.place(seconds(3), name)).rejects.toThrow(/did not arrive whole/);
    expect(moonraker.files.size).toBe(0);
    await hosted.place(seconds(3), name);
    await machine.start(seconds(3), name);
  });

  it('knows that an accepted start is not a print, and takes the file away', async () => {
    const moonraker = await simulate({ ignoresStarts: true });
    const made = await machines.connected();
    const name = freshName();
    await expect(made.machine.start(seconds(3), name)).rejects.toThrow(
      /accepted the start but did not begin/,
    );
    expect(moonraker.files.has(name)).toBe(false);
    expect(made.seen.outcomes()).toEqual([]);
    expect(made.machine.state()).toEqual({ kind: 'idle' });
  });

  it('gives back the words of a refusal', async () => {
    const moonraker = await simulate();
    const { machine, hosted } = await machines.connected();
    const name = freshName();
    await hosted.place(seconds(3), name);
    moonraker.files.delete(name);
    await expect(machine.start(seconds(3), name)).rejects.toThrow(/Unable to open file/);
    expect(machine.state()).toEqual({ kind: 'idle' });
  });

  it('sends nothing of a program that reaches past its job', async () => {
    const moonraker = await simulate();
    const { machine, hosted } = await machines.connected();
    await expect(hosted.place(['G28', 'M112'], freshName())).rejects.toThrow(/Line 2 of the program/);
    await expect(machine.start(['FIRMWARE_RESTART'], freshName())).rejects.toThrow(/not a G, M or T command/);
    await expect(machine.start(['G28'])).rejects.toThrow(/by their name/);
    expect([moonraker.files.size, moonraker.klipper.orders]).toEqual([0, []]);
  });
});

describe('an end that is not what it seems', () => {
  it('does not take the late end of an earlier print for its own', async () => {
    await simulate({ lateCompleteAtLine: 20 });
    const made = await machines.running(freshName(), 300);
    await until(() => made.machine.telemetry().line > 40);
    expect(made.seen.outcomes()).toEqual([]);
    expect(made.machine.state()).toEqual({ kind: 'running' });
    expect((await outcome(made)).kind).toBe('succeeded');
    expect(made.machine.telemetry().line).toBe(299);
  });

  it('tells the words of a print that Klipper stopped', async () => {
    await simulate({ errorAtLine: 10 });
    const made = await machines.connected();
    await made.machine.start(seconds(300), freshName());
    expect(await outcome(made)).toMatchObject({
      ...{ kind: 'failed', cause: 'error', line: expect.any(Number) },
      words: 'Move out of range: 400.000 0.000 0.200 [1.000]',
    });
    await idle(made);
  });

  it('stops Klipper the hard way when a cancel does nothing, and needs a person then', async () => {
    const { klipper } = await simulate({ ignoresCancels: true });
    const made = await machines.running(freshName(), 10_000);
    await made.machine.cancel();
    expect(made.seen.outcomes()).toEqual([{ kind: 'cancelled', line: expect.any(Number) }]);
    expect(klipper.orders.slice(1)).toEqual(['cancel', 'shutdown']);
    await until(() => made.machine.state().kind === 'alarm');
    await made.machine.clearFault();
    expect(made.machine.state()).toEqual({ kind: 'idle' });
  });

  it('claims no end of a print that Moonraker lost sight of while another one runs', async () => {
    const { klipper } = await simulate();
    const [ours, foreign] = [freshName(), freshName()];
    const made = await machines.running(ours, 10_000);
    await made.hosted.place(seconds(10_000), foreign);
    simulator.restartMoonraker();
    klipper.cancel();
    printElsewhere(foreign);
    await until(() => made.machine.state().kind === 'offline');
    await made.machine.connect();
    // The driver lets go of the link, and whoever holds the job asks over the next one.
    await until(() => made.seen.outcomes()[0]);
    expect(made.seen.outcomes()).toEqual([
      { kind: 'failed', cause: 'link-lost', words: expect.any(String), line: expect.any(Number) },
    ]);
    await made.machine.connect();
    const found = await made.hosted.findAgain(ours);
    expect(found).toMatchObject({ kind: 'unknown', words: expect.stringContaining(foreign) });
    expect(made.machine.state()).toMatchObject({ kind: 'busy' });
    await made.machine.cancel();
    expect(klipper.orders.at(-1)).toBe(`start ${foreign}`);
  });

  it('finds, after Klipper and the bridge were away together, that the restart ended the print', async () => {
    const { klipper } = await simulate();
    const name = freshName();
    const first = await machines.running(name, 10_000);
    await first.machine.close();
    klipper.restart();
    const second = machines.make();
    await until(() => klipper.isThere);
    await second.machine.connect();
    expect(await second.hosted.findAgain(name)).toMatchObject({
      ...{ kind: 'ended', outcome: { kind: 'failed', cause: 'firmware-reset' } },
    });
    expect(second.machine.state()).toEqual({ kind: 'idle' });
  });
});

import { describe, expect, it } from 'vitest';
import { createOctoprintMachine } from '../../../firmware-bridge/drivers/octoprint/create-octoprint-machine.ts';
import {
  JobAnswer,
  questions,
  reportOf,
} from '../../../firmware-bridge/drivers/octoprint/octoprint-codec.ts';
import { OctoprintSimulator } from '../../../firmware-bridge/drivers/simulator/octoprint-simulator.ts';
import { until } from '../../support/until.ts';
import { fastClock } from './fast-clock.ts';
import { describePrintHost } from './print-host-contract.ts';
import { describeFaultyPrintHost } from './print-host-faults.ts';
import { checkNothingForbidden, newName, programOf } from './print-host-on-trial.ts';
import { openSimulated } from './simulated-print-host.ts';

const KEY = 'THE-RIGHT-KEY';
const SPEED_UP = 10;
const clock = fastClock(SPEED_UP);

const open = () =>
  openSimulated(new OctoprintSimulator({ key: KEY, speedUp: SPEED_UP }), (base, key = KEY) =>
    createOctoprintMachine({ base, key }, { fetch, clock, check: checkNothingForbidden }),
  );

describePrintHost('a printer behind a simulated OctoPrint', open, {
  ofNothing: 'not-started',
  longSeconds: 120,
});

describeFaultyPrintHost('a printer behind an OctoPrint with faults', open);

describe('OctoPrint', () => {
  it('is not told to print what somebody has printed at its own page already', async () => {
    const host = await open();
    const machine = host.newMachine();
    await machine.connect();
    const name = newName();
    await machine.hosted?.place(programOf(1), name);
    await host.startByHand(name, programOf(1));
    await until(() => machine.state().kind === 'busy');
    await until(() => machine.state().kind === 'idle');
    await expect(machine.start(programOf(1), name)).rejects.toThrow('was printed at');
    expect(await host.begun()).toEqual([name]);
    await machine.close();
    await host.close();
  });

  it('pauses by saying so, since a bare pause would toggle', () => {
    expect(JSON.parse(questions.pause().body)).toEqual({ command: 'pause', action: 'pause' });
    expect(JSON.parse(questions.resume().body)).toEqual({ command: 'pause', action: 'resume' });
  });

  it.each([
    ['Operational', 'idle'],
    ['Starting', 'working'],
    ['Printing', 'working'],
    ['Pausing', 'working'],
    ['Paused', 'paused'],
    ['Resuming', 'working'],
    ['Finishing', 'working'],
    ['Cancelling', 'working'],
    ['Transferring file to SD', 'occupied'],
    ['Offline', 'away'],
    ['Opening serial connection', 'away'],
    ['Offline after error', 'alarm'],
    ['Error: Thermal runaway', 'alarm'],
  ])('means by "%s" that it is %s', (state, kind) => {
    const job = { state, job: { file: { name: null } }, progress: { completion: null } };
    expect(reportOf(JobAnswer.parse(job)).condition.kind).toBe(kind);
  });
});

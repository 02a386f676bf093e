import { describe, expect, it } from 'vitest';
import { createPrusalinkMachine } from '../../../firmware-bridge/drivers/prusalink/create-prusalink-machine.ts';
import { digestAccess } from '../../../firmware-bridge/drivers/prusalink/digest-access.ts';
import {
  JobAnswer,
  reportOf,
  StatusAnswer,
} from '../../../firmware-bridge/drivers/prusalink/prusalink-codec.ts';
import { PrusalinkSimulator } from '../../../firmware-bridge/drivers/simulator/prusalink-simulator.ts';
import { until } from '../../support/until.ts';
import { fastClock } from './fast-clock.ts';
import { describePrintHost } from './print-host-contract.ts';
import { describeFaultyPrintHost } from './print-host-faults.ts';
import { checkNothingForbidden, newName, programOf } from './print-host-on-trial.ts';
import { openSimulated } from './simulated-print-host.ts';

const PASSWORD = 'THE-RIGHT-PASSWORD';
const SPEED_UP = 10;
const options = { fetch, clock: fastClock(SPEED_UP), check: checkNothingForbidden };

const simulator = () => new PrusalinkSimulator({ user: 'maker', password: PASSWORD, speedUp: SPEED_UP });
const open = () =>
  openSimulated(simulator(), (base, password = PASSWORD) =>
    createPrusalinkMachine({ base, user: 'maker', password }, options),
  );

// A printer that remembers its last job only cannot be certain of a file that is not in it.
describePrintHost('a simulated printer with PrusaLink', open, { ofNothing: 'unknown', longSeconds: 120 });
describeFaultyPrintHost('a printer with PrusaLink and faults', open);

describe('PrusaLink', () => {
  it('takes the API key of an older printer as well', async () => {
    const host = await openSimulated(simulator(), (base) =>
      createPrusalinkMachine({ base, key: PASSWORD }, options),
    );
    const machine = host.newMachine();
    expect(await machine.connect()).toMatchObject({ firmware: 'PrusaLink', version: '2.1.2' });
    await machine.close();
    await host.close();
  });

  it('was never told to begin when the order did not arrive, and is made unable to', async () => {
    const host = await open();
    const machine = host.newMachine();
    await machine.connect();
    const name = newName();
    await machine.hosted?.place(programOf(5), name);
    host.simulator.network.faults = { losesOrders: true };
    const started = machine.start(programOf(5), name);
    const refusal = expect(started).rejects.toThrow('did not begin to print');
    await until(() => host.simulator.network.ordersLost > 0);
    // The link is good again long before anybody may be sure.
    host.simulator.network.faults = {};
    await refusal;
    expect(host.simulator.files.has(name)).toBe(false);
    expect(await host.begun()).toEqual([]);
    await machine.close();
    await host.close();
  });

  it.each([
    ['IDLE', undefined, 'idle'],
    ['READY', undefined, 'idle'],
    ['FINISHED', 'FINISHED', 'idle'],
    ['STOPPED', 'STOPPED', 'idle'],
    ['PRINTING', 'PRINTING', 'working'],
    ['PAUSED', 'PAUSED', 'paused'],
    ['ATTENTION', 'PAUSED', 'paused'],
    ['ATTENTION', undefined, 'occupied'],
    ['BUSY', 'PRINTING', 'working'],
    ['BUSY', undefined, 'occupied'],
    ['ERROR', undefined, 'alarm'],
  ])('means by %s with a job that is %s that it is %s', (state, job, kind) => {
    const status = StatusAnswer.parse({ printer: { state } });
    const shown = job === undefined ? undefined : JobAnswer.parse({ id: 1, state: job });
    expect(reportOf(status, shown).condition.kind).toBe(kind);
  });
});

/** The examples of RFC 7616 §3.9.1 and RFC 2617 §3.5. */
describe('digest authentication', () => {
  const question = { method: 'GET', path: '/dir/index.html' } as const;
  const answer = (challenge: string, password: string, cnonce: string) => {
    const access = digestAccess('Mufasa', password, () => cnonce);
    expect(access.headersFor(question)).toEqual({});
    expect(access.learn(challenge)).toBe(true);
    return access.headersFor(question).Authorization;
  };
  const common = 'realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"';
  const opaque = 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
  const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';

  it.each([
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ])('answers with %s as the standard shows', (algorithm, response) => {
    const challenge = `Digest ${common}, qop="auth, auth-int", algorithm=${algorithm}, ${opaque}`;
    expect(answer(challenge, 'Circle of Life', cnonce)).toContain(`response="${response}"`);
  });

  it('answers as before RFC 2617 where no quality is asked for', () => {
    const header = answer('Digest realm="Printer API", nonce="dcd98b7102dd2f0e"', 'secret', '0a');
    expect(header).not.toContain('qop');
    expect(header).not.toContain('algorithm');
    expect(header).toMatch(/response="[0-9a-f]{32}"/);
  });

  it('tries again for a new nonce, and not for the same', () => {
    const access = digestAccess('Mufasa', 'Circle of Life');
    expect(access.learn('Digest realm="a", nonce="1"')).toBe(true);
    access.headersFor(question);
    expect(access.learn('Digest realm="a", nonce="2", stale="true"')).toBe(true);
    access.headersFor(question);
    expect(access.learn('Digest realm="a", nonce="2"')).toBe(false);
    expect(access.learn('Basic realm="a"')).toBe(false);
  });
});

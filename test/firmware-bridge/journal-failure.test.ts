import { randomUUID } from 'node:crypto';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';
import { ResponseMessage } from '#contract/mqtt-topics.ts';
import { Bridge } from '../../firmware-bridge/bridge.ts';
import { Journal } from '../../firmware-bridge/journal.ts';
import type { LinkOptions } from '../../firmware-bridge/mqtt-link.ts';
import { prepareAtOnce, router } from '../support/bridge-on-trial.ts';
import { FakeMachine } from '../support/fake-machine.ts';
import { HandClock } from '../support/hand-clock.ts';
import { assignment, LAB, startOf } from '../support/scripted-coordinator.ts';

/** A bridge on a disk that can be full, with its messages in a list. */
function bridgeOnFullDisk() {
  const database = new DatabaseSync(':memory:');
  const disk = { isFull: false };
  const journal = new Journal(
    {
      close: () => database.close(),
      exec: (sql) => database.exec(sql),
      prepare: (sql) => {
        const statement = database.prepare(sql);
        return {
          get: (...values) => statement.get(...values),
          all: (...values) => statement.all(...values),
          run: (...values) => {
            if (disk.isFull) throw new Error('database or disk is full');
            return statement.run(...values);
          },
        };
      },
    },
    () => 1,
  );
  const said: { topic: string; message: object }[] = [];
  let link: LinkOptions | undefined;
  const machine = new FakeMachine();
  const bridge = new Bridge({
    config: { lab: LAB, key: '', mqtt: '', machines: [router], stock: [], countedAt: 0 },
    ...{ journal, publicKey: 'did:key:z6Mk', software: 'test', clock: new HandClock(), nowMs: () => 1 },
    sign: (body) => ({ body, sig: { kid: 'did:key:z6Mk', sig: '' } }),
    machineFor: () => machine,
    prepareFor: () => prepareAtOnce,
    connect: (options) => {
      link = options;
      return {
        publish: (topic, message) => said.push({ topic, message }),
        isConnected: () => true,
        stop: async () => {},
      };
    },
    newId: randomUUID,
    onEnd: () => {},
    log: () => {},
  });
  const ask = async (command: object) => {
    link?.onMessage(`cw/v1/${LAB}/down/cmd`, Buffer.from(JSON.stringify(command)));
    await new Promise((resolve) => setImmediate(resolve));
    const answers = said.filter(({ topic }) => topic.endsWith('/up/rsp'));
    return ResponseMessage.parse(answers.at(-1)?.message);
  };
  return { bridge, machine, disk, journal, ask };
}

describe('a bridge whose journal cannot be written', () => {
  it('takes nothing on, says why, and takes the same order once it can be written again', async () => {
    const { bridge, disk, journal, ask } = bridgeOnFullDisk();
    const given = assignment();
    disk.isFull = true;
    expect(await ask(given)).toMatchObject({
      ...{ result: 'rejected', code: 'journal' },
      sentence: expect.stringContaining('database or disk is full'),
    });
    expect(journal.openExecutions()).toEqual([]);
    expect(journal.maxFence('router')).toBe(0);
    disk.isFull = false;
    expect(await ask(given)).toMatchObject({ result: 'accepted' });
    await bridge.stop();
  });

  it('starts no machine whose order to start cannot be written down, and starts it later when told again', async () => {
    const { bridge, machine, disk, ask } = bridgeOnFullDisk();
    const given = assignment();
    await ask(given);
    await new Promise((resolve) => setImmediate(resolve));
    disk.isFull = true;
    expect(await ask(startOf(given))).toMatchObject({ result: 'rejected', code: 'journal' });
    expect(machine.programs).toEqual([]);
    disk.isFull = false;
    expect(await ask(startOf(given))).toMatchObject({ result: 'accepted' });
    expect(machine.programs).toHaveLength(1);
    await bridge.stop();
  });
});

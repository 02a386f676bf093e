import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Broker, startBroker } from '../../../server/mqtt/broker.ts';
import { COORDINATOR_USER, mayPublish, maySubscribe } from '../../../server/mqtt/broker-access.ts';
import { until } from '../../support/until.ts';

const log: string[] = [];
let broker: Broker;

beforeEach(async () => {
  log.length = 0;
  broker = await start(0);
});
afterEach(() => broker.stop());

function start(port: number): Promise<Broker> {
  return startBroker({
    ...{ host: '127.0.0.1', port, coordinatorPassword: 'secret', log: (sentence) => log.push(sentence) },
    isBridgeKey: async (lab, key) => key === `key-of-${lab}`,
  });
}

function enter(username: string, password: string, clientId = `bridge-${username}`) {
  return connectAsync(broker.url, { protocolVersion: 4, username, password, clientId, reconnectPeriod: 0 });
}

const coordinator = () => enter(COORDINATOR_USER, 'secret', 'coordinator');

describe('the embedded broker', () => {
  it('lets in a lab with its key and the coordinator with its password, and nobody else', async () => {
    const welcome = [await enter('lab-a', 'key-of-lab-a'), await coordinator()];
    expect(welcome.every((client) => client.connected)).toBe(true);
    for (const client of welcome) await client.endAsync();
    await expect(enter('lab-a', 'key-of-lab-b')).rejects.toMatchObject({ code: 5 });
    await expect(enter('', '')).rejects.toMatchObject({ code: 5 });
    await expect(enter(COORDINATOR_USER, 'guess', 'x')).rejects.toMatchObject({ code: 5 });
    // Under another lab's client name a lab could push that lab off the broker.
    await expect(enter('lab-a', 'key-of-lab-a', 'bridge-lab-b')).rejects.toMatchObject({ code: 5 });
  });

  it('passes on what a lab says under its own name, and only that', async () => {
    const heard: string[] = [];
    const listener = await coordinator();
    listener.on('message', (topic) => heard.push(topic));
    await listener.subscribeAsync('cw/v1/+/up/#', { qos: 1 });
    const lab = await enter('lab-a', 'key-of-lab-a');
    await lab.publishAsync('cw/v1/lab-a/up/hello', '{}', { qos: 1 });
    lab.publish('cw/v1/lab-b/up/hello', '{}', { qos: 1 });
    await until(() => log.some((sentence) => sentence.includes('may not write to cw/v1/lab-b/up/hello')));
    expect(heard).toEqual(['cw/v1/lab-a/up/hello']);
    await listener.endAsync(true);
    await lab.endAsync(true);
  });

  it('delivers commands to the lab they are for, whatever another one subscribes to', async () => {
    const heard: string[] = [];
    const [a, b] = [await enter('lab-a', 'key-of-lab-a'), await enter('lab-b', 'key-of-lab-b')];
    for (const client of [a, b])
      client.on('message', (topic, payload) => heard.push(`${client.options.username}: ${topic} ${payload}`));
    await a.subscribeAsync(['cw/v1/lab-a/down/cmd', 'cw/v1/coord/state'], { qos: 1 });
    await b.subscribeAsync(['#', 'cw/v1/lab-a/down/cmd'], { qos: 1 }).catch(() => undefined);
    const speaker = await coordinator();
    await speaker.publishAsync('cw/v1/lab-a/down/cmd', 'one', { qos: 1 });
    await speaker.publishAsync('cw/v1/coord/state', 'two', { qos: 1 });
    await until(() => heard.length >= 2);
    expect(heard).toEqual(['lab-a: cw/v1/lab-a/down/cmd one', 'lab-a: cw/v1/coord/state two']);
    for (const client of [a, b, speaker]) await client.endAsync(true);
  });

  it('does not pass on a payload over 64 KiB', async () => {
    const lab = await enter('lab-a', 'key-of-lab-a');
    lab.publish('cw/v1/lab-a/up/hello', 'x'.repeat(65 * 1024), { qos: 1 });
    await until(() => log.some((sentence) => sentence.includes('too much, not passed on')));
    await lab.endAsync(true);
  });

  it('says which port is in use and which setting chooses another', async () => {
    await expect(start(broker.port)).rejects.toThrow(
      /Port \d+ for MQTT is in use on 127.0.0.1: .* set MQTT_PORT/,
    );
  });
});

describe('the access rules', () => {
  it('keep a lab to its own topics, also where one name begins like another', () => {
    expect(mayPublish('lab', 'cw/v1/lab/up/m/router/state')).toBe(true);
    expect(mayPublish('lab', 'cw/v1/lab-two/up/hello')).toBe(false);
    expect(mayPublish('lab', 'cw/v1/lab/down/cmd')).toBe(false);
    expect(mayPublish('', 'cw/v1//up/hello')).toBe(false);
    expect(mayPublish('+', 'cw/v1/+/up/hello')).toBe(false);
    expect(maySubscribe('lab', 'cw/v1/lab/down/#')).toBe(true);
    expect(maySubscribe('lab', 'cw/v1/coord/state')).toBe(true);
    expect(maySubscribe('lab', 'cw/v1/+/down/cmd')).toBe(false);
    expect(maySubscribe('lab', 'cw/v1/coord/live/+')).toBe(false);
    expect(maySubscribe('lab', '#')).toBe(false);
  });
});

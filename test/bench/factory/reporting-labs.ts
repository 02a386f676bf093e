import { randomUUID } from 'node:crypto';
import { connectAsync } from 'mqtt';
import { topics } from '#contract/mqtt-topics.ts';
import { describeMachine } from '../../../firmware-bridge/machine-config.ts';
import { keyOf } from '../../server/commons/small-community.ts';
import { MACHINES } from '../../support/coordinated-community.ts';
import { BRIDGE_KEY } from '../../support/scripted-coordinator.ts';

/** A process of its own: `reporting-labs.ts URL LABS MACHINES SECONDS`: bridges that say each second what their machines do. */
const [, , url = '', labsWanted = '1', machinesWanted = '1', secondsWanted = '1'] = process.argv;
const [labs, machines, seconds] = [Number(labsWanted), Number(machinesWanted), Number(secondsWanted)];

const [router] = MACHINES;
if (router === undefined) throw new Error('there is no machine to describe');
const bridges = await Promise.all(
  Array.from({ length: labs }, async (_, at) => {
    const lab = `lab-${at}`;
    const client = await connectAsync(url, {
      ...{ protocolVersion: 4, username: lab, password: BRIDGE_KEY, clientId: `bridge-${lab}` },
    });
    client.publish(topics.bridge(lab), JSON.stringify({ v: 1, online: true, epoch: 1 }), {
      qos: 1,
      retain: true,
    });
    const hello = { v: 1, epoch: 1, key: keyOf(lab), executions: [], fences: {} };
    client.publish(topics.hello(lab), JSON.stringify(hello), { qos: 1 });
    for (let number = 0; number < machines; number += 1) {
      const machine = `machine-${number}`;
      const birth = { v: 1, description: describeMachine({ ...router, machine }), stock: [], countedAt: 0 };
      client.publish(topics.birth(lab, machine), JSON.stringify(birth), { qos: 1, retain: true });
    }
    return { lab, client };
  }),
);
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const job = randomUUID();
let said = 0;
for (let second = 1; second <= seconds; second += 1) {
  const startMs = performance.now();
  for (const { lab, client } of bridges) {
    for (let number = 0; number < machines; number += 1) {
      const machine = `machine-${number}`;
      const state = { v: 1, epoch: 1, seq: second, state: 'running', words: `${second}`, since: 1 };
      client.publish(topics.state(lab, machine), JSON.stringify(state), { qos: 1, retain: true });
    }
    const word = {
      v: 1,
      epoch: 1,
      seq: second,
      execution: job,
      job,
      machine: 'machine-0',
      fence: 1,
      state: 'RUNNING',
    };
    client.publish(topics.execution(lab, job), JSON.stringify(word), { qos: 1 });
    said += 1;
  }
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1_000 - (performance.now() - startMs))));
}
await Promise.all(bridges.map(({ client }) => client.endAsync()));
process.stdout.write(`${said}\n`);

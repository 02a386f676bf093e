import { randomUUID } from 'node:crypto';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionMessage } from '#contract/mqtt-topics.ts';
import { openBridge, temporaryFolder } from '../../support/bridge-on-trial.ts';
import {
  type CoordinatedCommunity,
  coordinatedCommunity,
  MACHINES,
} from '../../support/coordinated-community.ts';
import { BRIDGE_KEY } from '../../support/scripted-coordinator.ts';
import { until } from '../../support/until.ts';

let there: CoordinatedCommunity;
let place: ReturnType<typeof temporaryFolder>;
let bridge: ReturnType<typeof openBridge>;

beforeEach(async () => {
  place = temporaryFolder('distrust');
  there = await coordinatedCommunity();
  await there.start();
  bridge = openBridge(there.brokerUrl, place.folder, { lab: 'lab', machines: MACHINES });
});

afterEach(async () => {
  await bridge.bridge.stop();
  await there.stop();
  place.remove();
});

/** Somebody who has the bridge's key for the broker, but not the key it signs with. */
async function impostor() {
  await bridge.bridge.stop();
  return connectAsync(there.brokerUrl, {
    ...{ protocolVersion: 4, username: 'lab', password: BRIDGE_KEY, clientId: 'bridge-lab' },
  });
}

function executionOf(job: string): Omit<ExecutionMessage, 'state'> {
  const phase = there.phase(job);
  const attempt = 'attempt' in phase ? phase.attempt : undefined;
  if (attempt === undefined) throw new Error('nobody has the job');
  const { execution, machine, fence } = attempt;
  return { v: 1, epoch: 1_000, seq: 1, execution, job, machine, fence };
}

describe('the coordinator', () => {
  it('records no fact whose signature does not fit, and tells the sender to forget it', async () => {
    const { cut } = await there.order();
    await there.becomes(cut, 'running');
    const client = await impostor();
    const receipts: string[] = [];
    client.on('message', (_topic, payload) => receipts.push(payload.toString()));
    await client.subscribeAsync('cw/v1/lab/down/sync', { qos: 1 });
    const { execution, machine, fence } = executionOf(cut);
    const id = randomUUID();
    const data = { job: cut, execution, lab: 'lab', machine, fence, at: 1, seconds: 1, lines: 1 };
    const body = { id, stream: `job/${cut}`, type: 'job.finished', v: 1, data };
    const kid = there.ledger.state().labs.get('lab')?.bridgeKey ?? '';
    const message: ExecutionMessage = {
      ...executionOf(cut),
      state: 'SUCCEEDED',
      fact: { body, sig: { kid, sig: 'A'.repeat(86) } },
    };
    await client.publishAsync(`cw/v1/lab/up/x/${execution}`, JSON.stringify(message), { qos: 1 });
    await until(() => receipts.some((text) => text.includes(id)));
    expect(there.phase(cut).state).not.toBe('made');
    expect(there.log.join('\n')).toMatch(/job\.finished, which is not recorded: its signature does not fit/);
    await client.endAsync(true);
  });

  it('drops what it cannot read, says why, and goes on', async () => {
    const client = await impostor();
    for (const payload of ['not JSON', '{"v":2}', JSON.stringify({ v: 1, online: 'yes', epoch: 1 })])
      await client.publishAsync('cw/v1/lab/up/bridge', payload, { qos: 1 });
    await client.publishAsync('cw/v1/lab/up/nonsense', '{}', { qos: 1 });
    await until(() => there.log.some((sentence) => sentence.includes('up/nonsense')));
    expect(there.log.filter((sentence) => sentence.includes('up/bridge was dropped'))).toHaveLength(3);
    expect(there.coordinator().machineLive()).toHaveLength(2);
    await client.endAsync(true);
  });

  it('shows no progress of a job that is not on the machine that tells it', async () => {
    const { cut, print } = await there.order();
    await there.becomes(cut, 'running');
    await there.becomes(print, 'running');
    const client = await impostor();
    const telemetry = {
      lab: 'lab',
      machine: 'router',
      job: print,
      timeMs: 1,
      state: 'running',
      line: 1,
      linesTotal: 2,
      progress: 0.5,
    };
    const { execution, fence } = executionOf(cut);
    await client.publishAsync(
      'cw/v1/lab/up/m/router/tele',
      JSON.stringify({ v: 1, epoch: 1_000, execution, fence, telemetry }),
      { qos: 1 },
    );
    await client.publishAsync('cw/v1/lab/up/nonsense', '{}', { qos: 1 });
    await until(() => there.log.some((sentence) => sentence.includes('up/nonsense')));
    expect(
      there
        .coordinator()
        .telemetry()
        .filter(({ machine, job }) => machine === 'router' && job === print),
    ).toEqual([]);
    await client.endAsync(true);
  });
});

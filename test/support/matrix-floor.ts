import { connectAsync, type MqttClient } from 'mqtt';
import { readPayload } from '#contract/mqtt-payload.ts';
import {
  CommandMessage,
  ExecutionMessage,
  type ExecutionState,
  SyncMessage,
  topics,
} from '#contract/mqtt-topics.ts';
import { runSimulator } from '../../firmware-bridge/drivers/simulator/simulate.ts';
import { COORDINATOR_USER } from '../../server/mqtt/broker-access.ts';
import { plywood } from '../server/commons/small-community.ts';
import { temporaryFolder } from './bridge-on-trial.ts';
import { type BridgeProcess, startBridgeProcess } from './bridge-process.ts';
import { BROKER_PASSWORD, coordinatedCommunity, MACHINES } from './coordinated-community.ts';
import { openJobFileServer } from './job-files.ts';
import { openListeningProxy } from './listening-proxy.ts';
import type { Mosquitto } from './mosquitto.ts';
import { BRIDGE_KEY } from './scripted-coordinator.ts';
import { openWire } from './several-coordinators.ts';
import { until } from './until.ts';

/** The steps of a job, each with the sign by which somebody who hears every message knows it. */
export const STEPS = ['assign', 'fetch', 'ready', 'intent', 'started', 'mid-job', 'finish', 'ack'] as const;
export type Step = (typeof STEPS)[number];

const TRAVEL = { envelopeMm: { x: 2_500, y: 1_250, z: 100 }, workOriginMm: { x: 0, y: 0, z: 50 } };
/** A job takes a second or two: long enough to be hit in the middle. */
const SPEED_UP = 60;
const MID_JOB_MOVES = 8;
const DROPPED_LINK_MS = 300;

/**
 * A whole lab on trial, kept from one fault to the next: a ledger, a coordinator, a broker, the bridge as a process of
 * its own, and a GRBL controller that is true to the byte; wires between them that can be cut.
 */
export async function openMatrixFloor(mosquitto?: Mosquitto) {
  const there = await coordinatedCommunity();
  const files = await openJobFileServer(BRIDGE_KEY);
  let controller = await runSimulator({ firmware: 'grbl', port: 0, speedUp: SPEED_UP, ...TRAVEL });
  const cable = await openListeningProxy(controller);
  const brokerUrl = mosquitto?.url('lab').replace(/\/\/.*@/, '//') ?? there.brokerUrl;
  const network = await openWire(brokerUrl);
  const place = temporaryFolder('matrix');
  const spyUrl = mosquitto?.url('coordinator') ?? there.brokerUrl;
  const start = () => there.start(undefined, mosquitto?.url('coordinator'));
  await start();
  const spy = await openSpy(spyUrl, cable.moves);
  const [router] = MACHINES;
  const config = {
    ...{ server: files.url, mqtt: network.url, lab: 'lab', key: BRIDGE_KEY, data: 'bridge' },
    machines: [{ ...router, url: cable.url }],
    stock: [{ ...plywood, sheets: 1_000 }],
    countedAt: Date.now(),
  };
  let bridge: BridgeProcess = startBridgeProcess(place.folder, config);
  const isIdle = () => there.coordinator().isOnline('lab', 'router');
  await until(isIdle);
  return {
    there,
    spy,
    cable,
    network,
    isIdle,
    /** `kill -9`, and a new process. */
    killBridge: async () => {
      await bridge.kill();
      bridge = startBridgeProcess(place.folder, config);
    },
    /** A broker that comes back and remembers nothing. */
    killBroker: () => mosquitto?.crash() ?? there.restartBroker(),
    /** A coordinator that comes back with nothing but the ledger. */
    loseCoordinator: async () => {
      await there.stopCoordinator();
      await start();
    },
    cutNetwork: async () => {
      network.cut();
      await new Promise((resolve) => setTimeout(resolve, DROPPED_LINK_MS));
      network.mend();
    },
    /** The controller loses its power, and all that it was doing with it. */
    killMachine: async () => {
      const { port } = controller;
      await controller.close();
      controller = await runSimulator({ firmware: 'grbl', port, speedUp: SPEED_UP, ...TRAVEL });
    },
    output: () => bridge.output(),
    close: async () => {
      await bridge.kill();
      await spy.close();
      await network.close();
      await cable.close();
      await controller.close();
      await files.close();
      await there.stop();
      place.remove();
    },
  };
}
export type MatrixFloor = Awaited<ReturnType<typeof openMatrixFloor>>;

/** Hears everything that is said about the lab, and says when a job has come to a step. */
async function openSpy(url: string, moves: () => readonly string[]) {
  const client: MqttClient = await connectAsync(url, {
    ...{ protocolVersion: 4, reconnectPeriod: 100, clientId: 'coordinator-spy' },
    ...(new URL(url).username === '' && { username: COORDINATOR_USER, password: BROKER_PASSWORD }),
  });
  const reached = new Set<string>();
  const commands: string[] = [];
  const finished = new Set<string>();
  await client.subscribeAsync('cw/v1/lab/#', { qos: 1 });
  client.on('message', (topic, payload) => {
    if (topic === topics.command('lab')) commands.push(payload.toString());
    for (const step of stepsIn(topic, payload, finished)) reached.add(step);
  });
  let movesBefore = 0;
  return {
    /** A new job begins. */
    forget: () => {
      reached.clear();
      commands.length = 0;
      movesBefore = moves().length;
    },
    at: (step: Step) =>
      until(() => (step === 'mid-job' ? moves().length - movesBefore > MID_JOB_MOVES : reached.has(step))),
    /** Says every command of this job again, the last one first. */
    repeatAll: async () => {
      for (const text of [...commands].reverse())
        await client.publishAsync(topics.command('lab'), text, { qos: 1 });
    },
    close: () => client.endAsync(true),
  };
}

/** `finished` takes up the ids of facts that say so, to know their receipt. */
function stepsIn(topic: string, payload: Buffer, finished: Set<string>): Step[] {
  if (topic === topics.command('lab')) {
    const read = readPayload(CommandMessage, payload);
    if (!read.ok) return [];
    return read.message.type === 'assign' ? ['assign'] : read.message.type === 'start' ? ['intent'] : [];
  }
  if (topic === topics.sync('lab')) {
    const read = readPayload(SyncMessage, payload);
    return read.ok && read.message.recorded.some((id) => finished.has(id)) ? ['ack'] : [];
  }
  const read = topic.includes('/up/x/') ? readPayload(ExecutionMessage, payload) : undefined;
  if (!read?.ok) return [];
  const { state, fact } = read.message;
  if (fact?.body.type !== 'job.finished') return STEP_OF_STATE[state] ?? [];
  finished.add(fact.body.id);
  return ['finish'];
}

const STEP_OF_STATE: Partial<Record<ExecutionState, Step[]>> = {
  ...{ FETCHING: ['fetch'], READY: ['ready'], STARTED: ['started'], RUNNING: ['started'] },
};

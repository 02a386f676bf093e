import { randomUUID } from 'node:crypto';
import { connectAsync } from 'mqtt';
import {
  CommandMessage,
  ExecutionMessage,
  MachineStateMessage,
  MQTT_ROOT,
  ResponseMessage,
  SyncMessage,
  topics,
} from '#contract/mqtt-topics.ts';
import { startBroker } from '../../server/mqtt/broker.ts';
import { COORDINATOR_USER } from '../../server/mqtt/broker-access.ts';
import { until } from './until.ts';

export const LAB = 'lab-one';
export const BRIDGE_KEY = 'the-right-key';
const PASSWORD = 'coordinator-password';

type Heard = { topic: string; text: string };

export async function startTestBroker(port = 0) {
  return startBroker({
    host: '127.0.0.1',
    port,
    coordinatorPassword: PASSWORD,
    isBridgeKey: (lab, key) => lab === LAB && key === BRIDGE_KEY,
    log: () => {},
  });
}

/** The coordinator's end of the protocol, spoken line by line by a test. */
export async function openScriptedCoordinator(url: string) {
  const heard: Heard[] = [];
  const client = await connectAsync(url, {
    protocolVersion: 4,
    username: COORDINATOR_USER,
    password: PASSWORD,
    clientId: `coordinator-${randomUUID()}`,
    reconnectPeriod: 100,
  });
  client.on('message', (topic, payload) => heard.push({ topic, text: payload.toString() }));
  await client.subscribeAsync(`${MQTT_ROOT}/+/up/#`, { qos: 1 });
  const all = <Message>(part: string, parse: (value: unknown) => Message): Message[] =>
    heard
      .filter(({ topic, text }) => topic.includes(part) && text !== '')
      .map(({ text }) => parse(JSON.parse(text)));
  const executions = () => all('/up/x/', (value) => ExecutionMessage.parse(value));
  const responses = () => all('/up/rsp', (value) => ResponseMessage.parse(value));
  const states = () => all('/state', (value) => MachineStateMessage.parse(value));
  const send = async (command: CommandMessage) => {
    await client.publishAsync(topics.command(LAB), JSON.stringify(CommandMessage.parse(command)), { qos: 1 });
  };
  return {
    client,
    heard,
    executions,
    responses,
    states,
    send,
    hellos: () => heard.filter(({ topic }) => topic.endsWith('/up/hello')),
    /** Sends a command and waits for its answer. */
    ask: async (command: CommandMessage): Promise<ResponseMessage> => {
      const before = responses().length;
      await send(command);
      return until(() =>
        responses()
          .slice(before)
          .find((response) => response.command === command.command),
      );
    },
    facts: () => executions().flatMap(({ fact }) => (fact === undefined ? [] : [fact.body])),
    fact: (type: string) =>
      until(() => executions().find(({ fact }) => fact?.body.type === type)?.fact?.body),
    state: (wanted: string) => until(() => executions().find(({ state }) => state === wanted)),
    machine: (wanted: string) =>
      until(() => (states().at(-1)?.state === wanted ? states().at(-1) : undefined)),
    /** Receipts for everything reported so far. */
    acknowledge: async () => {
      const recorded = executions().flatMap(({ fact }) => (fact === undefined ? [] : [fact.body.id]));
      const message = SyncMessage.parse({ v: 1, serverTime: Date.now(), recorded });
      await client.publishAsync(topics.sync(LAB), JSON.stringify(message), { qos: 1 });
    },
  };
}
export type ScriptedCoordinator = Awaited<ReturnType<typeof openScriptedCoordinator>>;

export const FILE_HASH = `sha256:${'a'.repeat(64)}`;

export function assignment(
  over: { fence?: number; execution?: string; leaseMs?: number; job?: string } = {},
) {
  return {
    v: 1 as const,
    command: randomUUID(),
    type: 'assign' as const,
    machine: 'router',
    execution: over.execution ?? randomUUID(),
    job: over.job ?? randomUUID(),
    fence: over.fence ?? 1,
    leaseMs: over.leaseMs ?? 60_000,
    title: 'Wall block, sheet 1',
    requirement: {
      process: 'cut' as const,
      material: 'plywood',
      thicknessUm: 18_000,
      sheet: { lengthMm: 600, widthMm: 400 },
      narrowestOpeningUm: 8_000,
    },
    file: { hash: FILE_HASH, bytes: 10, mime: 'application/json' },
    filePath: `/api/blobs/${FILE_HASH}`,
  };
}
export type Assignment = ReturnType<typeof assignment>;

export function orderTo(type: 'renew' | 'pause' | 'resume' | 'cancel' | 'release', given: Assignment) {
  const { machine, execution, fence } = given;
  return { v: 1 as const, command: randomUUID(), type, machine, execution, fence };
}

export function startOf(given: Assignment, bedClearedBy = 'automatic') {
  const { machine, execution, fence } = given;
  return {
    v: 1 as const,
    command: randomUUID(),
    type: 'start' as const,
    machine,
    execution,
    fence,
    bedClearedBy,
  };
}

import { z } from 'zod';
import { Telemetry } from './live-events.ts';
import { JobFile, MachineDescription, Requirement, Slug, StockLot } from './manufacturing.ts';
import { Id, TimeMs } from './quantities.ts';

/**
 * Topics under `cw/v1/{lab}` and the payload of each. JSON in UTF-8, at most 64 KiB, QoS 1 except telemetry.
 * Files never travel here: a command carries their hash and the bridge fetches them over HTTP.
 * The lab's id is also its MQTT user name, so that one access rule covers it: write `up/#`, read `down/#`.
 */

export const MQTT_ROOT = 'cw/v1';
export const MQTT_PAYLOAD_BYTES_MAX = 64 * 1024;

export const topics = {
  bridge: (lab: string) => `${MQTT_ROOT}/${lab}/up/bridge`,
  hello: (lab: string) => `${MQTT_ROOT}/${lab}/up/hello`,
  birth: (lab: string, machine: string) => `${MQTT_ROOT}/${lab}/up/m/${machine}/birth`,
  state: (lab: string, machine: string) => `${MQTT_ROOT}/${lab}/up/m/${machine}/state`,
  telemetry: (lab: string, machine: string) => `${MQTT_ROOT}/${lab}/up/m/${machine}/tele`,
  execution: (lab: string, execution: string) => `${MQTT_ROOT}/${lab}/up/x/${execution}`,
  response: (lab: string) => `${MQTT_ROOT}/${lab}/up/rsp`,
  command: (lab: string) => `${MQTT_ROOT}/${lab}/down/cmd`,
  sync: (lab: string) => `${MQTT_ROOT}/${lab}/down/sync`,
  coordinator: `${MQTT_ROOT}/coord/state`,
  presence: (coordinator: string) => `${MQTT_ROOT}/coord/live/${coordinator}`,
} as const;

const v = z.literal(1);
/** Counts the bridge's starts: a message of an older life of the bridge is stale. */
const Epoch = z.int().nonnegative();
const Sequence = z.int().nonnegative();
const Fence = z.int().positive();

export const ExecutionState = z.enum([
  'ASSIGNED',
  'FETCHING',
  'READY',
  'STARTED',
  'RUNNING',
  'PAUSED',
  'SUCCEEDED',
  'FAILED',
  'INTERRUPTED',
  'CANCELED',
  'RELEASED',
]);
export type ExecutionState = z.infer<typeof ExecutionState>;

/** `up/bridge`, retained; the last will is the same with `online: false`. */
export const BridgeMessage = z.object({
  v,
  online: z.boolean(),
  epoch: Epoch,
  key: z.string().optional(),
  software: z.string().optional(),
});
export type BridgeMessage = z.infer<typeof BridgeMessage>;

/** `up/hello` after every connect: what the bridge's journal says. Facts follow on `up/x/…` until acknowledged. */
export const HelloMessage = z.object({
  v,
  epoch: Epoch,
  /** did:key with which the bridge signs facts. */
  key: z.string(),
  executions: z.array(
    z.object({
      execution: Id,
      job: Id,
      machine: Slug,
      fence: Fence,
      state: ExecutionState,
      line: z.int().optional(),
    }),
  ),
  fences: z.record(z.string(), z.int()),
  /** Number of the newest `up/x` message that the bridge has made: older ones say nothing about now. */
  seq: Sequence.optional(),
  /**
   * Epoch of the newest `coord/state` that the bridge has heard on this connection: every command that the broker took
   * before that message was obeyed before this was written.
   */
  answers: Epoch.optional(),
});
export type HelloMessage = z.infer<typeof HelloMessage>;

/** `up/m/{machine}/birth`, retained. An empty payload removes the machine. */
export const BirthMessage = z.object({
  v,
  description: MachineDescription,
  /** The lab's whole stock; taken over only when `countedAt` is later than the count the ledger has. */
  stock: z.array(StockLot),
  countedAt: TimeMs,
});
export type BirthMessage = z.infer<typeof BirthMessage>;

/** `up/m/{machine}/state`, retained. */
export const MachineStateMessage = z.object({
  v,
  epoch: Epoch,
  seq: Sequence,
  state: z.enum(['offline', 'connecting', 'idle', 'running', 'paused', 'busy', 'alarm', 'needs-operator']),
  words: z.string().max(500).optional(),
  execution: Id.optional(),
  since: TimeMs,
});
export type MachineStateMessage = z.infer<typeof MachineStateMessage>;

/** `up/m/{machine}/tele`, QoS 0, not retained, at most 10 a second. */
export const TelemetryMessage = z.object({
  v,
  epoch: Epoch,
  execution: Id,
  fence: Fence,
  telemetry: Telemetry,
});
export type TelemetryMessage = z.infer<typeof TelemetryMessage>;

/** The body of an entry, signed by the bridge over "commonwright/ledger/v1\n" and its canonical JSON. */
export const SignedFact = z.object({
  body: z.object({
    id: Id,
    stream: z.string(),
    type: z.string(),
    v: z.int(),
    data: z.record(z.string(), z.unknown()),
  }),
  sig: z.object({ kid: z.string(), sig: z.string() }),
});
export type SignedFact = z.infer<typeof SignedFact>;

/** `up/x/{execution}`: a change of state, with the fact for the ledger where there is one. Repeated until acknowledged. */
export const ExecutionMessage = z.object({
  v,
  epoch: Epoch,
  seq: Sequence,
  execution: Id,
  job: Id,
  machine: Slug,
  fence: Fence,
  state: ExecutionState,
  /** Last line of the program known to be executed, from 0. */
  line: z.int().nonnegative().optional(),
  fact: SignedFact.optional(),
});
export type ExecutionMessage = z.infer<typeof ExecutionMessage>;

/** `up/rsp`: the answer to a command, the same one however often the command is repeated. */
export const ResponseMessage = z.object({
  v,
  command: Id,
  execution: Id.optional(),
  result: z.enum(['accepted', 'rejected', 'done']),
  code: z.string().max(60).optional(),
  sentence: z.string().max(500).optional(),
});
export type ResponseMessage = z.infer<typeof ResponseMessage>;

const command = { v, command: Id, machine: Slug };

/** `down/cmd`: everything the coordinator asks of a lab, on one ordered topic. */
export const CommandMessage = z.discriminatedUnion('type', [
  z.object({
    ...command,
    type: z.literal('assign'),
    execution: Id,
    job: Id,
    fence: Fence,
    /** Counted by the bridge from receipt, on its own steady clock: after it a job that has not begun is given back. */
    leaseMs: z.int().positive(),
    title: z.string().max(200),
    requirement: Requirement,
    file: JobFile,
    /** Path on the coordinator's web address. */
    filePath: z.string(),
  }),
  z.object({
    ...command,
    type: z.literal('start'),
    execution: Id,
    fence: Fence,
    /** Who said that the bed is clear: `automatic` where the lab decided so. */
    bedClearedBy: z.string().max(120),
  }),
  z.object({
    ...command,
    type: z.enum(['renew', 'pause', 'resume', 'cancel', 'release']),
    execution: Id,
    fence: Fence,
    leaseMs: z.int().optional(),
    /** Who wants a job cancelled and why, so that whichever coordinator hears of its end can write it down. */
    by: z.string().max(120).optional(),
    reason: z.string().max(2_000).optional(),
  }),
  z.object({ ...command, type: z.literal('clear-fault') }),
]);
export type CommandMessage = z.infer<typeof CommandMessage>;

/** `down/sync`: the answer to `hello`, and the receipt for facts that are now durable in the ledger. */
export const SyncMessage = z.object({
  v,
  serverTime: TimeMs,
  /** Facts the bridge may drop from its outbox. */
  recorded: z.array(Id),
  /** True in the answer to `hello`: executions that the coordinator still holds open for this lab. */
  executions: z.array(z.object({ execution: Id, fence: Fence })).optional(),
  /** True where the coordinator has missed something: the bridge introduces itself anew, as after a connect. */
  again: z.boolean().optional(),
});
export type SyncMessage = z.infer<typeof SyncMessage>;

/**
 * `cw/v1/coord/state`, retained: the coordinator that leads says it when it begins to, and bridges answer with `hello`.
 * It has no last will, since the end of one coordinator is not the end of all.
 */
export const CoordinatorMessage = z.object({ v, online: z.boolean(), epoch: Epoch, at: TimeMs });
export type CoordinatorMessage = z.infer<typeof CoordinatorMessage>;

/** `cw/v1/coord/live/{coordinator}`, retained; a last will takes it away. The one that is there longest leads. */
export const PresenceMessage = z.object({ v, startedAt: TimeMs });
export type PresenceMessage = z.infer<typeof PresenceMessage>;

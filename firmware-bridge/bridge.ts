import { readPayload } from '#contract/mqtt-payload.ts';
import {
  type BirthMessage,
  type BridgeMessage,
  CommandMessage,
  CoordinatorMessage,
  type ExecutionMessage,
  type HelloMessage,
  type MachineStateMessage,
  type ResponseMessage,
  type SignedFact,
  SyncMessage,
  type TelemetryMessage,
  topics,
} from '#contract/mqtt-topics.ts';
import type { BridgeConfig } from './config.ts';
import { Recorder } from './execution-record.ts';
import type { Prepare } from './job-preparation.ts';
import type { Execution, Journal } from './journal.ts';
import type { Machine, MachineClock } from './machine.ts';
import { type ActorState, MachineActor } from './machine-actor.ts';
import { describeMachine, type MachineConfig } from './machine-config.ts';
import { keepConnected } from './machine-link.ts';
import { type Link, type LinkEnd, type LinkOptions, openLink } from './mqtt-link.ts';
import type { Reading } from './run-progress.ts';
import { within } from './within.ts';

/** A state is said again this often, so that a coordinator can tell silence from stillness. */
const HEARTBEAT_MS = 15_000;
/** Facts without a receipt are sent again. */
const OUTBOX_AGAIN_MS = 10_000;
/** A broker that no longer answers must not hold up the end of the process. */
const GOODBYE_TIMEOUT_MS = 2_000;

export type BridgeOptions = {
  config: Pick<BridgeConfig, 'lab' | 'key' | 'mqtt' | 'machines' | 'stock' | 'countedAt'>;
  journal: Journal;
  /** did:key of the signing key. */
  publicKey: string;
  sign: (body: SignedFact['body']) => SignedFact;
  software: string;
  machineFor: (config: MachineConfig) => Machine;
  prepareFor: (config: MachineConfig) => Prepare;
  /** MQTT, unless something else carries the messages. */
  connect?: (options: LinkOptions) => Link;
  clock: MachineClock;
  nowMs: () => number;
  newId: () => string;
  /** The link gave up: a person has to act. */
  onEnd: (why: LinkEnd) => void;
  log: (sentence: string) => void;
};

type Station = {
  config: MachineConfig;
  machine: Machine;
  actor: MachineActor;
  lastState: string;
  since: number;
  disconnect: () => void;
};

/** The lab's side of the job protocol: commands in, states and signed facts out, every machine with one actor. */
export class Bridge {
  readonly #options: BridgeOptions;
  readonly #stations = new Map<string, Station>();
  readonly #link: Link;
  readonly #recorder: Recorder;
  readonly #takeBack = new Set<() => void>();
  #sequence = 0;
  /** Of the newest coordinator's word on this connection. */
  #coordinatorEpoch: number | undefined;
  #isStopping = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    const { config, journal, nowMs, log, connect = openLink } = options;
    this.#link = connect({
      url: config.mqtt,
      lab: config.lab,
      key: config.key,
      epoch: journal.epoch,
      nowMs,
      log,
      onConnect: () => this.#introduce(),
      onDisconnect: () => {
        this.#coordinatorEpoch = undefined;
      },
      onMessage: (topic, payload) => this.#hear(topic, payload),
      onEnd: options.onEnd,
    });
    this.#recorder = new Recorder({
      lab: config.lab,
      journal,
      newId: options.newId,
      sign: options.sign,
      tell: (message) => this.#tellExecution(message),
    });
    for (const machine of config.machines) this.#addStation(machine);
    this.#every(HEARTBEAT_MS, () => {
      for (const id of this.#stations.keys()) this.#tellState(id, true);
    });
    this.#every(OUTBOX_AGAIN_MS, () => this.#sendOutbox());
  }

  /** Whether a job runs that ends when this process does. */
  get isRunning(): boolean {
    return [...this.#stations.values()].some(({ actor }) => actor.isRunning);
  }

  /** Resolves when no machine needs this process any more; a network that is gone is no reason to spoil a part. */
  async finished(): Promise<void> {
    await Promise.all([...this.#stations.values()].map(({ actor }) => actor.finished()));
  }

  /**
   * Stops the machines that run from here, writes that down, says goodbye; a controller that holds its program goes on.
   * What could not be said is said after the next start.
   */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    for (const takeBack of this.#takeBack) takeBack();
    await Promise.all([...this.#stations.values()].map(({ actor }) => actor.stop()));
    const { config, journal, clock } = this.#options;
    const message: BridgeMessage = { v: 1, online: false, epoch: journal.epoch };
    const goodbye = this.#link.stop({ topic: topics.bridge(config.lab), message });
    await within(clock, GOODBYE_TIMEOUT_MS, goodbye);
    for (const station of this.#stations.values()) {
      station.disconnect();
      await station.machine.close();
    }
    journal.close();
  }

  #addStation(config: MachineConfig): void {
    const { machineFor, prepareFor, journal, clock, nowMs, log } = this.#options;
    const id = config.machine;
    const machine = machineFor(config);
    const actor = new MachineActor({
      ...{ config, machine, journal, clock, nowMs, log },
      record: this.#recorder,
      prepare: prepareFor(config),
      sendReading: (execution, reading) => this.#tellReading(execution, reading),
      onState: () => this.#tellState(id, false),
    });
    const disconnect = keepConnected(config.name, machine, clock, log, () => actor.linkIsBack());
    this.#stations.set(id, { config, machine, actor, lastState: '', since: nowMs(), disconnect });
  }

  /** After every connect: who we are, what we have, what the journal says, and every fact without a receipt. */
  #introduce(): void {
    const { config, journal, publicKey, software } = this.#options;
    const online: BridgeMessage = { v: 1, online: true, epoch: journal.epoch, key: publicKey, software };
    this.#link.publish(topics.bridge(config.lab), online, { retain: true });
    for (const [id, station] of this.#stations) {
      const { stock, countedAt } = config;
      const birth: BirthMessage = { v: 1, description: describeMachine(station.config), stock, countedAt };
      this.#link.publish(topics.birth(config.lab, id), birth, { retain: true });
      this.#tellState(id, true);
    }
    this.#sayHello();
  }

  #sayHello(): void {
    const { config, journal, publicKey } = this.#options;
    const hello: HelloMessage = {
      v: 1,
      epoch: journal.epoch,
      key: publicKey,
      executions: journal.untoldExecutions().map(({ execution, job, machine, fence, state, line }) => ({
        ...{ execution, job, machine, fence, state },
        ...(line !== undefined && { line }),
      })),
      fences: journal.fences(),
      seq: this.#recorder.sequence,
      ...(this.#coordinatorEpoch !== undefined && { answers: this.#coordinatorEpoch }),
    };
    this.#link.publish(topics.hello(config.lab), hello);
    this.#sendOutbox();
  }

  #sendOutbox(): void {
    if (!this.#link.isConnected()) return;
    for (const message of this.#options.journal.facts()) this.#tellExecution(message);
  }

  #hear(topic: string, payload: Buffer): void {
    if (this.#isStopping) return;
    const { lab } = this.#options.config;
    switch (topic) {
      case topics.command(lab):
        this.#obey(payload);
        break;
      case topics.sync(lab):
        this.#acknowledge(payload);
        break;
      case topics.coordinator: {
        // A coordinator that has just come missed what was said before: everything is told again.
        const read = readPayload(CoordinatorMessage, payload);
        if (!read.ok || !read.message.online) return;
        this.#coordinatorEpoch = read.message.epoch;
        this.#sayHello();
      }
    }
  }

  #obey(payload: Buffer): void {
    const { config, log } = this.#options;
    const read = readPayload(CommandMessage, payload);
    if (!read.ok) {
      log(`A command was dropped: ${read.reason}.`);
      return;
    }
    const command = read.message;
    const station = this.#stations.get(command.machine);
    const response: ResponseMessage =
      station === undefined
        ? {
            ...{ v: 1, command: command.command, result: 'rejected', code: 'unknown-machine' },
            sentence: `This lab's bridge has no machine ${command.machine}.`,
          }
        : this.#judge(station, command);
    this.#link.publish(topics.response(config.lab), response);
    if (response.result === 'rejected')
      log(`${command.type} for ${command.machine} was refused: ${response.sentence}`);
  }

  /** What cannot be written down is not taken on; a machine that runs goes on. */
  #judge({ actor }: Station, command: CommandMessage): ResponseMessage {
    try {
      return actor.obey(command);
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      const sentence = `The bridge cannot write its journal (${words}): it takes nothing on until it can.`;
      return {
        ...{ v: 1, command: command.command, result: 'rejected', code: 'journal' },
        sentence: sentence.slice(0, 500),
      };
    }
  }

  #acknowledge(payload: Buffer): void {
    const { journal, log } = this.#options;
    const read = readPayload(SyncMessage, payload);
    if (!read.ok) {
      log(`A receipt was dropped: ${read.reason}.`);
      return;
    }
    const { recorded, executions = [], again = false } = read.message;
    if (again) this.#introduce();
    if (recorded.length > 0) journal.transact(() => journal.dropFacts(recorded));
    // What the coordinator holds open and this bridge has cancelled is said again; every other end has its fact in the outbox.
    for (const { execution } of executions) {
      const known = journal.execution(execution);
      if (known?.state === 'CANCELED') this.#recorder.repeat(known);
    }
  }

  #tellExecution(message: ExecutionMessage): void {
    this.#link.publish(topics.execution(this.#options.config.lab, message.execution), message);
  }

  #tellReading({ execution, job, machine, fence }: Execution, reading: Reading): void {
    const { config, journal, nowMs } = this.#options;
    const message: TelemetryMessage = {
      ...{ v: 1, epoch: journal.epoch, execution, fence },
      telemetry: { lab: config.lab, machine, job, timeMs: nowMs(), ...reading },
    };
    this.#link.publish(topics.telemetry(config.lab, machine), message, { qos: 0 });
  }

  /** Says a machine's state when it has changed, or `always`. */
  #tellState(id: string, always: boolean): void {
    const station = this.#stations.get(id);
    if (station === undefined) return;
    const { config, journal, nowMs } = this.#options;
    const state: ActorState = station.actor.state();
    const text = JSON.stringify(state);
    if (text !== station.lastState) station.since = nowMs();
    else if (!always) return;
    station.lastState = text;
    const message: MachineStateMessage = {
      ...{ v: 1, epoch: journal.epoch, seq: this.#next(), since: station.since },
      ...state,
    };
    this.#link.publish(topics.state(config.lab, id), message, { retain: true });
  }

  #next(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  #every(periodMs: number, call: () => void): void {
    const { clock } = this.#options;
    let takeBack = () => {};
    const again = () => {
      call();
      schedule();
    };
    const schedule = () => {
      this.#takeBack.delete(takeBack);
      takeBack = clock.after(periodMs, again);
      this.#takeBack.add(takeBack);
    };
    schedule();
  }
}

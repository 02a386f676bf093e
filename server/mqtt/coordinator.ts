import type { z } from 'zod';
import { readPayload } from '#contract/mqtt-payload.ts';
import {
  BirthMessage,
  BridgeMessage,
  type CommandMessage,
  type CoordinatorMessage,
  ExecutionMessage,
  HelloMessage,
  MachineStateMessage,
  MQTT_ROOT,
  ResponseMessage,
  type SyncMessage,
  TelemetryMessage,
  topics,
} from '#contract/mqtt-topics.ts';
import { attemptOf } from '../commons/jobs/jobs.ts';
import { BridgeReports } from './bridge-reports.ts';
import { CommandOutbox } from './command-outbox.ts';
import { type Connection, openConnection } from './connection.ts';
import type { Coordinator, CoordinatorOptions } from './coordinator-ports.ts';
import { JobCommands } from './job-commands.ts';
import { JobDispatch, RENEW_EVERY_MS } from './job-dispatch.ts';
import { DOUBT_AFTER_MS, JobDoubts } from './job-doubts.ts';
import { LabWatch } from './lab-watch.ts';

/** How often silence and lost leases are looked at; nothing else waits for this. */
const ROUND_MS = 5_000;
/** Bounds the memory of whom we have complained about. */
const STRANGERS_MAX = 1_000;

/** The coordinator's side of the job protocol. Everything it knows is in the ledger or asked of the bridges by `hello`. */
export function createCoordinator(options: CoordinatorOptions): Coordinator {
  return new Conversation(options);
}

class Conversation implements Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #watch: LabWatch;
  readonly #outbox: CommandOutbox;
  readonly #dispatch: JobDispatch;
  readonly #doubts: JobDoubts;
  readonly #reports: BridgeReports;
  readonly #commands: JobCommands;
  readonly #takeBack = new Map<string, () => void>();
  readonly #strangers = new Set<string>();
  #connection: Connection | undefined;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    const { ledger, clock, newId, route, log, doubtAfterMs = DOUBT_AFTER_MS } = options;
    const watch = new LabWatch(clock.nowMs);
    const publish = (lab: string, command: CommandMessage) => this.#publish(topics.command(lab), command);
    const outbox = new CommandOutbox(clock, publish);
    this.#dispatch = new JobDispatch({ ledger, watch, outbox, publish, clock, newId, route, log });
    this.#doubts = new JobDoubts({ ledger, watch, dispatch: this.#dispatch, clock, doubtAfterMs, log });
    this.#commands = new JobCommands({ ledger, watch, outbox, dispatch: this.#dispatch, clock, newId });
    this.#reports = new BridgeReports({
      ledger,
      acknowledge: (lab, fact) => this.#sync(lab, { recorded: [fact] }),
      takeCancelWish: (execution) => this.#commands.takeCancelWish(execution),
      log,
    });
    this.#watch = watch;
    this.#outbox = outbox;
  }

  start(): Promise<void> {
    const { broker, clock, ledger, newId, log } = this.#options;
    const epoch = clock.nowMs();
    const state = (online: boolean): CoordinatorMessage => ({ v: 1, online, epoch, at: clock.nowMs() });
    this.#takeBack.set(
      'ledger',
      ledger.subscribe(() => this.#afterCommit()),
    );
    this.#every(RENEW_EVERY_MS, 'renew', () => this.#dispatch.renewLeases());
    this.#every(ROUND_MS, 'round', () => {
      this.#doubts.checkSilence();
      void this.#dispatch.releaseLost();
    });
    this.#doubts.allLost();
    return new Promise((resolve) => {
      this.#connection = openConnection({
        ...broker,
        // One name for each life, so that a copy of the coordinator never pushes another one off the broker.
        clientId: `coordinator-${newId()}`,
        subscriptions: [`${MQTT_ROOT}/+/up/#`],
        will: { topic: topics.coordinator, message: state(false) },
        log,
        // A broker that is away must not keep the rest of the house from opening.
        onTrouble: resolve,
        onConnect: () => {
          this.#publish(topics.coordinator, state(true), { retain: true });
          resolve();
        },
        onDisconnect: () => {
          for (const lab of this.#watch.labs()) this.#watch.lose(lab);
          this.#doubts.allLost();
        },
        onMessage: (topic, payload) => this.#hear(topic, payload),
      });
    });
  }

  async stop(): Promise<void> {
    for (const takeBack of this.#takeBack.values()) takeBack();
    this.#takeBack.clear();
    this.#doubts.stop();
    this.#outbox.stop();
    await this.#reports.settled();
    await this.#connection?.stop();
  }

  machineLive = () => {
    const labs = [...this.#options.ledger.state().labs.values()];
    return labs.flatMap(({ lab, machines }) =>
      [...machines.keys()].map((machine) => this.#watch.live(lab, machine)),
    );
  };

  telemetry = () => this.#watch.telemetry();

  onLive: Coordinator['onLive'] = (listener) => this.#watch.onLive(listener);

  isOnline = (lab: string, machine: string) => this.#watch.isOnline(lab, machine);

  queueOf = (lab: string, machine: string) =>
    this.#dispatch.given().filter((given) => given.lab === lab && given.machine === machine).length;

  get commands(): Coordinator['commands'] {
    return this.#commands.commands;
  }

  #afterCommit(): void {
    const open = this.#options.ledger.state().jobs.open;
    for (const { lab, machine, job } of this.#watch.telemetry())
      if (!open.has(job)) this.#watch.forgetTelemetry(lab, machine);
    this.#dispatch.consider();
  }

  /** `cw/v1/{lab}/up/…`; anything that cannot be read is a line in the log. */
  #hear(topic: string, payload: Buffer): void {
    const [, , lab = '', , kind = '', machine = '', what = ''] = topic.split('/');
    if (payload.length === 0) return;
    if (!this.#options.ledger.state().labs.has(lab)) {
      this.#strange(lab);
      return;
    }
    this.#watch.touch(lab);
    switch (kind === 'm' ? what : kind) {
      case 'bridge':
        this.#read(BridgeMessage, topic, payload, (message) => {
          if (!this.#watch.hearBridge(lab, message)) return;
          if (!message.online) this.#doubts.bridgeLost(lab);
        });
        break;
      case 'hello':
        this.#read(HelloMessage, topic, payload, (hello) => this.#greet(lab, hello));
        break;
      case 'birth':
        this.#read(BirthMessage, topic, payload, (birth) => void this.#reports.describe(lab, machine, birth));
        break;
      case 'state':
        this.#read(MachineStateMessage, topic, payload, (message) => {
          if (this.#watch.hearState(lab, machine, message)) this.#dispatch.consider();
        });
        break;
      case 'tele':
        this.#read(TelemetryMessage, topic, payload, (message) => {
          if (this.#isOn(lab, machine, message.telemetry.job))
            this.#watch.hearTelemetry(lab, machine, message);
        });
        break;
      case 'x':
        this.#read(ExecutionMessage, topic, payload, (message) => this.#hearExecution(lab, message));
        break;
      case 'rsp':
        this.#read(ResponseMessage, topic, payload, (response) => {
          this.#outbox.hear(lab, response);
          this.#dispatch.consider();
        });
        break;
      default:
        this.#options.log(`MQTT: nobody knows the topic ${topic}.`);
    }
  }

  /** A job that is on this machine and has not ended: nobody shows progress of another one's work. */
  #isOn(lab: string, machine: string, id: string): boolean {
    const { all, open } = this.#options.ledger.state().jobs;
    const job = open.has(id) ? all.get(id) : undefined;
    const attempt = job && attemptOf(job);
    return attempt?.lab === lab && attempt.machine === machine;
  }

  /** On a broker that others share: once is enough to say so. */
  #strange(lab: string): void {
    if (this.#strangers.has(lab) || this.#strangers.size >= STRANGERS_MAX) return;
    this.#strangers.add(lab);
    this.#options.log(`MQTT: ${lab} speaks, which is no lab of this ledger; nothing it says is used.`);
  }

  #greet(lab: string, hello: HelloMessage): void {
    if (!this.#watch.hearHello(lab, hello)) return;
    void this.#reports.pair(lab, hello);
    for (const { execution, state } of hello.executions)
      if (state === 'ASSIGNED' || state === 'FETCHING' || state === 'READY')
        this.#dispatch.noteNotStarted(execution);
    this.#doubts.bridgeGreeted(lab);
    const held = this.#dispatch.given().filter((given) => given.lab === lab);
    this.#releaseForgotten(lab, hello, new Set(held.map(({ execution }) => execution)));
    this.#sync(lab, { recorded: [], executions: held.map(({ execution, fence }) => ({ execution, fence })) });
    this.#outbox.resend(lab);
    this.#dispatch.consider();
  }

  /** What the bridge still holds and nobody wants there any more, because it was released or cancelled meanwhile. */
  #releaseForgotten(lab: string, hello: HelloMessage, held: ReadonlySet<string>): void {
    for (const { execution, machine, fence, state } of hello.executions) {
      const hasNotBegun = state === 'ASSIGNED' || state === 'FETCHING' || state === 'READY';
      if (!hasNotBegun || held.has(execution) || this.#outbox.has('release', execution)) continue;
      const command = this.#options.newId();
      this.#outbox.send(lab, { v: 1, command, type: 'release', machine, execution, fence }, () => {});
    }
  }

  #hearExecution(lab: string, message: ExecutionMessage): void {
    const bridge = this.#watch.bridge(lab);
    // An older life's word still carries its fact, but says nothing about now.
    if (message.epoch === bridge.epoch) bridge.executions.set(message.execution, message.state);
    void this.#reports.execution(lab, message).then(() => {
      // The ledger knows now how an attempt ended: what the bridge said of it has served.
      const isOpen = this.#dispatch.given().some(({ execution }) => execution === message.execution);
      if (!isOpen) bridge.executions.delete(message.execution);
      this.#dispatch.consider();
    });
    this.#dispatch.consider();
  }

  #sync(lab: string, part: Pick<SyncMessage, 'recorded' | 'executions'>): void {
    const message: SyncMessage = { v: 1, serverTime: this.#options.clock.nowMs(), ...part };
    this.#publish(topics.sync(lab), message);
  }

  #publish(topic: string, message: object, how: { retain?: boolean } = {}): void {
    this.#connection?.publish(topic, message, how);
  }

  #read<Schema extends z.ZodType>(
    schema: Schema,
    topic: string,
    payload: Buffer,
    use: (message: z.infer<Schema>) => void,
  ): void {
    const result = readPayload(schema, payload);
    if (result.ok) use(result.message);
    else this.#options.log(`MQTT: ${topic} was dropped: ${result.reason}.`);
  }

  #every(periodMs: number, name: string, call: () => void): void {
    this.#takeBack.set(
      name,
      this.#options.clock.after(periodMs, () => {
        call();
        this.#every(periodMs, name, call);
      }),
    );
  }
}

import {
  type CommandMessage,
  type CoordinatorMessage,
  type ExecutionMessage,
  type HelloMessage,
  type SyncMessage,
  topics,
} from '#contract/mqtt-topics.ts';
import { attemptOf } from '../commons/jobs/jobs.ts';
import { BridgeReports } from './bridge-reports.ts';
import { CommandOutbox } from './command-outbox.ts';
import { type Connection, openConnection } from './connection.ts';
import type { Coordinator, CoordinatorOptions } from './coordinator-ports.ts';
import { type Ears, Hearing } from './hearing.ts';
import { JobCommands } from './job-commands.ts';
import { JobDispatch, RENEW_EVERY_MS } from './job-dispatch.ts';
import { DOUBT_AFTER_MS, JobDoubts } from './job-doubts.ts';
import { LabWatch } from './lab-watch.ts';
import { LeaderFirst } from './leader-first.ts';
import { Presence, SETTLE_MS } from './presence.ts';

/** How often silence and lost leases are looked at; nothing else waits for this. */
const ROUND_MS = 5_000;
/** A ledger that cannot be read now is tried again this soon: nothing is commanded meanwhile. */
const READ_AGAIN_MS = 1_000;

/**
 * The coordinator's side of the job protocol. Everything it knows is in the ledger or asked of the bridges by `hello`.
 * Where several share a broker all of them hear everything and pass on what people ask of them; the one that leads
 * does the rest.
 */
export function createCoordinator(options: CoordinatorOptions): Coordinator {
  return new Conversation(options);
}

class Conversation implements Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #watch: LabWatch;
  readonly #outbox: CommandOutbox;
  readonly #dispatch: JobDispatch;
  readonly #doubts: JobDoubts;
  readonly #leaderFirst: LeaderFirst;
  readonly #reports: BridgeReports;
  readonly #commands: JobCommands;
  readonly #presence: Presence;
  readonly #hearing: Hearing;
  readonly #id: string;
  readonly #takeBack = new Map<string, () => void>();
  /** Words of a leader that were said while we listened: all commands before them were heard too. */
  readonly #epochsHeard = new Set<number>();
  /** The newest `hello` of each lab that waits until our state holds what the bridge takes for recorded. */
  readonly #unanswered = new Map<string, HelloMessage>();
  #epoch = 0;
  #takeOvers = 0;
  #isCaughtUp = false;
  #isStopped = false;
  #connection: Connection | undefined;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    const { ledger, broker, clock, newId, plan, log } = options;
    const { doubtAfterMs = DOUBT_AFTER_MS, settleMs = SETTLE_MS } = options;
    const { isShared } = broker;
    const { nowMs } = clock;
    this.#id = newId();
    const watch = new LabWatch(nowMs);
    const publish = (lab: string, command: CommandMessage) => this.#publish(topics.command(lab), command);
    const outbox = new CommandOutbox(clock, publish);
    const isLeading = () => this.#presence.isLeading;
    const isUpToDate = (lab: string) => this.#isCaughtUp && !this.#unanswered.has(lab);
    this.#presence = new Presence({
      ...{ id: this.#id, startedAtMs: nowMs(), isShared, settleMs, clock, log },
      announce: (message) => this.#publish(topics.presence(this.#id), message, { retain: true }),
      leave: (id) => this.#connection?.clear(topics.presence(id)),
      onLead: (leads) => this.#onLead(leads),
    });
    this.#dispatch = new JobDispatch({
      ...{ ledger, watch, outbox, publish, clock, newId, plan, isLeading, isUpToDate, log },
    });
    const mayDoubt = () => this.#presence.isLeading || this.#presence.isAlone;
    this.#doubts = new JobDoubts({
      ...{ ledger, watch, dispatch: this.#dispatch, clock, doubtAfterMs, mayDoubt, log },
    });
    this.#commands = new JobCommands({ ledger, watch, outbox, dispatch: this.#dispatch, clock, newId });
    this.#leaderFirst = new LeaderFirst({ ledger, clock, isLeading });
    this.#reports = new BridgeReports({
      ...{ ledger, leaderFirst: this.#leaderFirst, clock, log },
      acknowledge: (lab, fact) => this.#sync(lab, { recorded: [fact] }),
      hasCancelWish: (execution) => this.#commands.hasCancelWish(execution),
      takeCancelWish: (execution) => this.#commands.takeCancelWish(execution),
    });
    this.#hearing = new Hearing({ ledger, ears: this.#ears(), log });
    this.#watch = watch;
    this.#outbox = outbox;
  }

  start(): Promise<void> {
    const { broker, ledger, connect = openConnection, log } = this.#options;
    const { isShared, ...entrance } = broker;
    this.#takeBack.set(
      'ledger',
      ledger.subscribe(() => this.#afterCommit()),
    );
    this.#every(RENEW_EVERY_MS, 'renew', () => this.#dispatch.renewLeases());
    this.#every(ROUND_MS, 'round', () => {
      this.#askAgain(this.#doubts.checkSilence());
      void this.#dispatch.releaseLost();
    });
    this.#doubts.allLost();
    return new Promise((resolve) => {
      this.#connection = connect({
        ...entrance,
        // One name for each life, so that a copy of the coordinator never pushes another one off the broker.
        clientId: `coordinator-${this.#id}`,
        subscriptions: Hearing.topics(isShared),
        ...(isShared && { vanishing: topics.presence(this.#id) }),
        log,
        // A broker that is away must not keep the rest of the house from opening.
        onTrouble: resolve,
        onConnect: () => {
          this.#epochsHeard.clear();
          if (isShared) this.#dispatch.missedOthers();
          this.#presence.connected();
          resolve();
        },
        onDisconnect: () => {
          this.#presence.disconnected();
          for (const lab of this.#watch.labs()) this.#watch.lose(lab);
          this.#doubts.allLost();
        },
        onMessage: (topic, payload, isRetained) => this.#hearing.hear(topic, payload, isRetained),
      });
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const takeBack of this.#takeBack.values()) takeBack();
    this.#takeBack.clear();
    this.#presence.stop();
    this.#doubts.stop();
    this.#outbox.stop();
    this.#leaderFirst.stop();
    await this.#reports.stop();
    await this.#connection?.stop();
  }

  isLeading = () => this.#presence.isLeading;

  stepAside = () => this.#presence.stepAside();

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

  #ears(): Ears {
    return {
      alive: (lab) => this.#watch.touch(lab),
      bridge: (lab, message) => {
        if (!this.#watch.hearBridge(lab, message)) return;
        if (!message.online) this.#doubts.bridgeLost(lab);
      },
      hello: (lab, hello) => this.#greet(lab, hello),
      birth: (lab, machine, birth) => void this.#reports.describe(lab, machine, birth),
      state: (lab, machine, message) => {
        if (this.#watch.hearState(lab, machine, message)) this.#dispatch.consider();
      },
      telemetry: (lab, machine, message) => {
        if (this.#isOn(lab, machine, message.telemetry.job)) this.#watch.hearTelemetry(lab, machine, message);
      },
      execution: (lab, message) => this.#hearExecution(lab, message),
      response: (lab, response) => {
        this.#dispatch.hearAnswer(response);
        this.#outbox.hear(lab, response);
        this.#dispatch.consider();
      },
      command: (_lab, command) => {
        if (command.type === 'start') this.#dispatch.overhearStart(command.execution, command.command);
        if (command.type !== 'cancel') return;
        const { execution, by, reason } = command;
        if (by !== undefined && reason !== undefined) this.#commands.overhearCancel(execution, by, reason);
      },
      presence: (coordinator, payload) => this.#presence.hear(coordinator, payload),
      leader: ({ epoch }, isLive) => {
        if (isLive) this.#epochsHeard.add(epoch);
      },
    };
  }

  #onLead(isLeading: boolean): void {
    const { broker, log } = this.#options;
    this.#isCaughtUp = false;
    if (!isLeading) {
      this.#unanswered.clear();
      this.#dispatch.handOver();
      return;
    }
    if (broker.isShared) log('This server leads: it gives jobs to machines.');
    this.#leaderFirst.endWaits();
    // What another leader counted down has begun anew with us.
    this.#doubts.allLost();
    void this.#takeOver();
  }

  /** First everything that is stored, then every bridge by its `hello`: nothing is commanded on old knowledge. */
  async #takeOver(): Promise<void> {
    this.#takeOvers += 1;
    const turn = this.#takeOvers;
    if (!(await this.#catchUp()) || turn !== this.#takeOvers) return;
    this.#isCaughtUp = true;
    const at = this.#options.clock.nowMs();
    this.#epoch = Math.max(at, this.#epoch + 1);
    this.#epochsHeard.add(this.#epoch);
    const message: CoordinatorMessage = { v: 1, online: true, epoch: this.#epoch, at };
    this.#publish(topics.coordinator, message, { retain: true });
    this.#dispatch.consider();
  }

  /** True when the state holds all that is stored; false where this coordinator leads no longer. */
  async #catchUp(): Promise<boolean> {
    const { ledger, clock, log } = this.#options;
    for (let trouble = ''; this.#presence.isLeading && !this.#isStopped; ) {
      try {
        await ledger.refresh();
        return this.#presence.isLeading;
      } catch (cause) {
        const words = cause instanceof Error ? cause.message : String(cause);
        if (words !== trouble) log(`The ledger cannot be read, so machines get no commands: ${words}`);
        trouble = words;
        await new Promise<void>((resolve) => {
          clock.after(READ_AGAIN_MS, resolve);
        });
      }
    }
    return false;
  }

  /** A job that is on this machine and has not ended: nobody shows progress of another one's work. */
  #isOn(lab: string, machine: string, id: string): boolean {
    const { all, open } = this.#options.ledger.state().jobs;
    const job = open.has(id) ? all.get(id) : undefined;
    const attempt = job && attemptOf(job);
    return attempt?.lab === lab && attempt.machine === machine;
  }

  #greet(lab: string, hello: HelloMessage): void {
    if (!this.#watch.hearHello(lab, hello)) return;
    void this.#reports.pair(lab, hello);
    const { answers, executions } = hello;
    // With others on the broker, an order of theirs that we did not hear might reach the bridge after such a word.
    const isAfterAll = answers !== undefined && this.#epochsHeard.has(answers);
    if (isAfterAll || !this.#options.broker.isShared)
      for (const { execution, state } of executions)
        if (state === 'ASSIGNED' || state === 'FETCHING' || state === 'READY')
          this.#dispatch.noteNotStarted(execution);
    this.#doubts.bridgeGreeted(lab);
    this.#outbox.resend(lab);
    if (this.#presence.isLeading) void this.#answerHello(lab, hello);
  }

  /** What we hold open for the lab, said from a state that knows all that its bridge has had acknowledged by anybody. */
  async #answerHello(lab: string, hello: HelloMessage): Promise<void> {
    this.#unanswered.set(lab, hello);
    if (!(await this.#catchUp()) || this.#unanswered.get(lab) !== hello) return;
    this.#unanswered.delete(lab);
    const held = this.#dispatch.given().filter((given) => given.lab === lab);
    this.#releaseForgotten(lab, hello, new Set(held.map(({ execution }) => execution)));
    this.#sync(lab, { recorded: [], executions: held.map(({ execution, fence }) => ({ execution, fence })) });
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
    const { bridgeKey } = this.#options.ledger.state().labs.get(lab) ?? {};
    const isOfStranger = message.fact !== undefined && message.fact.sig.kid !== bridgeKey;
    // Its key may stand in a `hello` that we have not heard yet; after that the bridge says its facts again.
    if (!bridge.isGreeted && isOfStranger) return;
    // An older word still carries its fact, but says nothing about now.
    this.#watch.hearExecution(lab, message);
    void this.#reports.execution(lab, message).then(() => {
      // The ledger knows now how an attempt ended: what the bridge said of it has served.
      const isOpen = this.#dispatch.given().some(({ execution }) => execution === message.execution);
      if (!isOpen) bridge.executions.delete(message.execution);
      this.#dispatch.consider();
    });
    this.#dispatch.consider();
  }

  /**
   * Bridges that seem silent, that speak without having introduced themselves, and whose words were lost on the way
   * introduce themselves anew.
   */
  #askAgain(silent: readonly string[]): void {
    const now = this.#options.clock.nowMs();
    for (const lab of this.#watch.labs()) {
      const { isGreeted, missed, lastHeardMs } = this.#watch.bridge(lab);
      const isStrange = !isGreeted && now - lastHeardMs < ROUND_MS;
      if (isStrange || missed > 0 || silent.includes(lab)) this.#sync(lab, { recorded: [], again: true });
    }
  }

  #sync(lab: string, part: Pick<SyncMessage, 'recorded' | 'executions' | 'again'>): void {
    const message: SyncMessage = { v: 1, serverTime: this.#options.clock.nowMs(), ...part };
    this.#publish(topics.sync(lab), message);
  }

  #publish(topic: string, message: object, how: { retain?: boolean } = {}): void {
    this.#connection?.publish(topic, message, how);
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

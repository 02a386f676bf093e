import type { Telemetry } from '#contract/live-events.ts';
import type {
  BridgeMessage,
  ExecutionMessage,
  ExecutionState,
  HelloMessage,
  MachineStateMessage,
  TelemetryMessage,
} from '#contract/mqtt-topics.ts';
import type { MachineLive } from '#contract/views.ts';

type Heard = { epoch: number; seq: number };
type MachineHeard = Heard & {
  state: MachineStateMessage['state'];
  words?: string;
  /** By the bridge's clock, for people. */
  sinceMs: number;
  /** By our own clock: since when we know of this state. */
  heardMs: number;
};

export type BridgeWatch = {
  isOnline: boolean;
  /** Said `hello` on this connection: its journal is known, commands may be sent. */
  isGreeted: boolean;
  epoch: number;
  lastHeardMs: number;
  /** When it was lost; decides when a job that waits for it may go elsewhere. */
  lostMs: number;
  /** The newest message about an execution that was heard. */
  said: Heard;
  /** Messages that came too late to say anything about now. */
  stale: number;
  /** Messages that never came: what they said has to be asked for. */
  missed: number;
  /** What it says of each execution it was given. */
  executions: Map<string, ExecutionState>;
  machines: Map<string, MachineHeard>;
};

export type LiveChange =
  | { kind: 'machine'; machine: MachineLive }
  | { kind: 'telemetry'; telemetry: Telemetry };

/** What bridges said last. It is heard, not recorded: a restart forgets it and asks again. */
export class LabWatch {
  readonly #bridges = new Map<string, BridgeWatch>();
  readonly #telemetry = new Map<string, Telemetry>();
  readonly #listeners = new Set<(change: LiveChange) => void>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  bridge(lab: string): BridgeWatch {
    const known = this.#bridges.get(lab);
    if (known !== undefined) return known;
    const now = this.#nowMs();
    const fresh: BridgeWatch = {
      ...{ isOnline: false, isGreeted: false, epoch: 0, lastHeardMs: now, lostMs: now },
      ...{ said: { epoch: 0, seq: 0 }, stale: 0, missed: 0 },
      ...{ executions: new Map(), machines: new Map() },
    };
    this.#bridges.set(lab, fresh);
    return fresh;
  }

  labs(): string[] {
    return [...this.#bridges.keys()];
  }

  /** Any message counts as a sign of life. */
  touch(lab: string): void {
    this.bridge(lab).lastHeardMs = this.#nowMs();
  }

  /** False for the last will of a bridge that has started anew since. */
  hearBridge(lab: string, { online, epoch }: BridgeMessage): boolean {
    const bridge = this.bridge(lab);
    if (epoch < bridge.epoch) return false;
    if (epoch > bridge.epoch) bridge.isGreeted = false;
    bridge.epoch = epoch;
    if (online) this.touch(lab);
    if (!online) this.lose(lab);
    else this.#setOnline(lab, bridge, true);
    return true;
  }

  hearHello(lab: string, hello: HelloMessage): boolean {
    const bridge = this.bridge(lab);
    const { epoch, seq } = hello;
    if (epoch < bridge.epoch) return false;
    if (seq !== undefined && isNewer(bridge.said, { epoch, seq })) {
      bridge.stale += 1;
      return false;
    }
    bridge.epoch = epoch;
    bridge.executions = new Map(hello.executions.map(({ execution, state }) => [execution, state]));
    if (seq !== undefined) bridge.said = { epoch, seq };
    bridge.missed = 0;
    bridge.isGreeted = true;
    this.#setOnline(lab, bridge, true);
    return true;
  }

  /** Takes over what the bridge says of an execution; a word that is older than what was heard before changes nothing. */
  hearExecution(lab: string, { epoch, seq, execution, state }: ExecutionMessage): void {
    const bridge = this.bridge(lab);
    const { said } = bridge;
    if (epoch !== bridge.epoch || !isNewer({ epoch, seq }, said)) {
      bridge.stale += 1;
      return;
    }
    if (said.epoch === epoch) bridge.missed += seq - said.seq - 1;
    bridge.said = { epoch, seq };
    bridge.executions.set(execution, state);
  }

  /** The connection to a bridge is gone, or to all of them. */
  lose(lab: string): void {
    const bridge = this.bridge(lab);
    bridge.isGreeted = false;
    if (bridge.isOnline) bridge.lostMs = this.#nowMs();
    this.#setOnline(lab, bridge, false);
  }

  hearState(lab: string, machine: string, message: MachineStateMessage): boolean {
    const bridge = this.bridge(lab);
    const before = bridge.machines.get(machine);
    if (before !== undefined && !isNewer(message, before)) return false;
    const { epoch, seq, state, words, since } = message;
    const heardMs = before?.state === state ? before.heardMs : this.#nowMs();
    const heard = { epoch, seq, state, sinceMs: since, heardMs, ...(words !== undefined && { words }) };
    bridge.machines.set(machine, heard);
    if (before?.state !== state || before.words !== words) this.#tellMachine(lab, machine);
    return true;
  }

  hearTelemetry(lab: string, machine: string, { epoch, telemetry }: TelemetryMessage): void {
    if (epoch < this.bridge(lab).epoch || telemetry.lab !== lab || telemetry.machine !== machine) return;
    this.#telemetry.set(keyOf(lab, machine), telemetry);
    this.#tell({ kind: 'telemetry', telemetry });
  }

  forgetTelemetry(lab: string, machine: string): void {
    this.#telemetry.delete(keyOf(lab, machine));
  }

  telemetry(): Telemetry[] {
    return [...this.#telemetry.values()];
  }

  live(lab: string, machine: string): MachineLive {
    const bridge = this.bridge(lab);
    const heard = bridge.machines.get(machine);
    if (!bridge.isOnline || heard === undefined)
      return { lab, machine, state: 'offline', sinceMs: Math.max(bridge.lostMs, 0) };
    const { state, words, sinceMs } = heard;
    return { lab, machine, state, sinceMs, ...(words !== undefined && { words }) };
  }

  isOnline(lab: string, machine: string): boolean {
    const { state } = this.live(lab, machine);
    return this.bridge(lab).isGreeted && state !== 'offline' && state !== 'connecting';
  }

  onLive(listener: (change: LiveChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #setOnline(lab: string, bridge: BridgeWatch, isOnline: boolean): void {
    if (bridge.isOnline === isOnline) return;
    bridge.isOnline = isOnline;
    for (const machine of bridge.machines.keys()) this.#tellMachine(lab, machine);
  }

  #tellMachine(lab: string, machine: string): void {
    this.#tell({ kind: 'machine', machine: this.live(lab, machine) });
  }

  #tell(change: LiveChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function isNewer(message: Heard, before: Heard): boolean {
  return message.epoch > before.epoch || (message.epoch === before.epoch && message.seq > before.seq);
}

function keyOf(lab: string, machine: string): string {
  return `${lab}/${machine}`;
}

import type { z } from 'zod';
import { readPayload } from '#contract/mqtt-payload.ts';
import {
  BirthMessage,
  BridgeMessage,
  CommandMessage,
  CoordinatorMessage,
  ExecutionMessage,
  HelloMessage,
  MachineStateMessage,
  MQTT_ROOT,
  ResponseMessage,
  TelemetryMessage,
  topics,
} from '#contract/mqtt-topics.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';

/** Bounds the memory of whom we have complained about. */
const STRANGERS_MAX = 1_000;
/** Messages of a lab that the state may not hold yet, while it is brought up to date. A bridge says fewer when it comes. */
const WAITING_MAX = 200;

/** What a lab's bridge may say, and what others may say to it, in words that could be read. */
export type Ears = {
  bridge: (lab: string, message: BridgeMessage) => void;
  hello: (lab: string, message: HelloMessage) => void;
  birth: (lab: string, machine: string, message: BirthMessage) => void;
  state: (lab: string, machine: string, message: MachineStateMessage) => void;
  telemetry: (lab: string, machine: string, message: TelemetryMessage) => void;
  execution: (lab: string, message: ExecutionMessage) => void;
  response: (lab: string, message: ResponseMessage) => void;
  /** Any coordinator's command, also our own. */
  command: (lab: string, message: CommandMessage) => void;
  /** Any message of the lab counts as a sign of life. */
  alive: (lab: string) => void;
  presence: (coordinator: string, payload: Buffer) => void;
  /** `isLive`: said now, not kept by the broker from earlier. */
  leader: (message: CoordinatorMessage, isLive: boolean) => void;
};

export type HearingOptions = {
  ledger: LedgerPort;
  ears: Ears;
  log: (sentence: string) => void;
};

/** Takes topics and payloads apart; anything that cannot be read is a line in the log. */
export class Hearing {
  readonly #options: HearingOptions;
  readonly #strangers = new Set<string>();
  readonly #waiting = new Map<string, (readonly [topic: string, payload: Buffer])[]>();

  constructor(options: HearingOptions) {
    this.#options = options;
  }

  /** What a coordinator subscribes to; with others on the broker it hears their commands and who is there. */
  static topics(isShared: boolean): string[] {
    const all = [`${MQTT_ROOT}/+/up/#`, topics.coordinator];
    return isShared ? [...all, topics.command('+'), topics.presence('+')] : all;
  }

  hear(topic: string, payload: Buffer, isRetained: boolean): void {
    const [, , lab = '', direction = '', kind = ''] = topic.split('/');
    const { ears, ledger } = this.#options;
    if (topic === topics.coordinator)
      this.#read(CoordinatorMessage, topic, payload, (message) => ears.leader(message, !isRetained));
    else if (topic === topics.presence(kind)) ears.presence(kind, payload);
    else if (payload.length === 0) return;
    else if (!ledger.state().labs.has(lab)) this.#askLedger(lab, topic, payload);
    else if (direction === 'down')
      this.#read(CommandMessage, topic, payload, (message) => ears.command(lab, message));
    else {
      ears.alive(lab);
      this.#hearLab(lab, topic, payload);
    }
  }

  #hearLab(lab: string, topic: string, payload: Buffer): void {
    const { ears, log } = this.#options;
    const [, , , , kind = '', machine = '', what = ''] = topic.split('/');
    switch (kind === 'm' ? what : kind) {
      case 'bridge':
        this.#read(BridgeMessage, topic, payload, (said) => ears.bridge(lab, said));
        break;
      case 'hello':
        this.#read(HelloMessage, topic, payload, (said) => ears.hello(lab, said));
        break;
      case 'birth':
        this.#read(BirthMessage, topic, payload, (said) => ears.birth(lab, machine, said));
        break;
      case 'state':
        this.#read(MachineStateMessage, topic, payload, (said) => ears.state(lab, machine, said));
        break;
      case 'tele':
        this.#read(TelemetryMessage, topic, payload, (said) => ears.telemetry(lab, machine, said));
        break;
      case 'x':
        this.#read(ExecutionMessage, topic, payload, (said) => ears.execution(lab, said));
        break;
      case 'rsp':
        this.#read(ResponseMessage, topic, payload, (said) => ears.response(lab, said));
        break;
      default:
        log(`MQTT: nobody knows the topic ${topic}.`);
    }
  }

  /** The lab may have been opened at another coordinator a moment ago: what it says waits until our state is as new. */
  #askLedger(lab: string, topic: string, payload: Buffer): void {
    const { ledger } = this.#options;
    if (this.#strangers.has(lab)) return;
    const waiting = this.#waiting.get(lab);
    if (waiting !== undefined) {
      if (waiting.length < WAITING_MAX) waiting.push([topic, payload]);
      return;
    }
    if (this.#waiting.size >= STRANGERS_MAX) return;
    this.#waiting.set(lab, [[topic, payload]]);
    ledger
      .refresh()
      .catch(() => {})
      .finally(() => {
        const said = this.#waiting.get(lab) ?? [];
        this.#waiting.delete(lab);
        if (!ledger.state().labs.has(lab)) this.#strange(lab);
        else for (const [one, words] of said) this.hear(one, words, false);
      });
  }

  /** On a broker that others share: once is enough to say so. */
  #strange(lab: string): void {
    if (this.#strangers.has(lab) || this.#strangers.size >= STRANGERS_MAX) return;
    this.#strangers.add(lab);
    this.#options.log(`MQTT: ${lab} speaks, which is no lab of this ledger; nothing it says is used.`);
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
}

import { readPayload } from '#contract/mqtt-payload.ts';
import { PresenceMessage } from '#contract/mqtt-topics.ts';
import type { CoordinatorClock } from './coordinator-ports.ts';

/**
 * A coordinator with nobody ahead of it leads after this long: more than one attempt to reconnect, so that a broken
 * connection that is back at once, or a broker that forgot everybody, does not make the lead change hands twice.
 */
export const SETTLE_MS = 1_500;

/** A broker that dies together with a coordinator keeps what was retained and forgets the last will: so all say it again. */
const REPEAT_MS = 10_000;
/** Who has not been heard of in so many repeats is not there, whatever the broker kept. */
const REPEATS_MISSED_MAX = 4;

export type PresenceOptions = {
  /** Name of this life of the coordinator. */
  id: string;
  startedAtMs: number;
  /** Other coordinators may be on this broker. On one of our own there are none, and nobody is waited for. */
  isShared: boolean;
  settleMs: number;
  clock: CoordinatorClock;
  /** Says on the broker that we are there. */
  announce: (message: PresenceMessage) => void;
  /** Takes back what is retained of this coordinator, or of another one that is silent. */
  leave: (coordinator: string) => void;
  onLead: (isLeading: boolean) => void;
  log: (sentence: string) => void;
};

/**
 * Which coordinators are there, and whether this one leads: the one that has been there longest does, the smaller id
 * where two began together. A hint and nothing more: fences, execution ids and the ledger keep two leaders from harm.
 */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #others = new Map<string, { startedAtMs: number; missed: number }>();
  #isConnected = false;
  /** Whether others were there when this was last known; on a shared broker they may be until we have been on it. */
  #hadOthers: boolean;
  #isLeading = false;
  #isAside = false;
  #takeBack: (() => void) | undefined;
  #stopRepeating = () => {};

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#hadOthers = options.isShared;
  }

  get isLeading(): boolean {
    return this.#isLeading;
  }

  /** Cut off from the broker, and nobody else was on it: what this coordinator does not do, nobody does. */
  get isAlone(): boolean {
    return !this.#isConnected && !this.#hadOthers;
  }

  connected(): void {
    this.#isConnected = true;
    if (this.#options.isShared) this.#announce();
    this.#weigh();
  }

  disconnected(): void {
    this.#isConnected = false;
    // Who does not lead and has heard of nobody has not listened long enough to know.
    if (this.#isLeading || this.#others.size > 0) this.#hadOthers = this.#others.size > 0;
    // Who is there is told again after the next connect, and who has gone in between is not.
    this.#others.clear();
    this.#weigh();
  }

  /** `cw/v1/coord/live/{id}`; an empty payload means that this coordinator has gone. */
  hear(id: string, payload: Buffer): void {
    if (id === this.#options.id) {
      // The last will of a broken connection of ours came after its successor had announced itself.
      if (payload.length === 0 && this.#isConnected) this.connected();
      return;
    }
    if (payload.length === 0) this.#others.delete(id);
    else {
      const read = readPayload(PresenceMessage, payload);
      if (read.ok) this.#others.set(id, { startedAtMs: read.message.startedAt, missed: 0 });
      else this.#options.log(`MQTT: the presence of coordinator ${id} was dropped: ${read.reason}.`);
    }
    this.#weigh();
  }

  /** This coordinator cannot do its work, though it can speak: another one shall lead. */
  stepAside(): void {
    this.#isAside = true;
    this.#weigh();
    if (this.#options.isShared) this.#options.leave(this.#options.id);
  }

  stop(): void {
    this.#isConnected = false;
    this.#stopRepeating();
    this.#weigh();
  }

  #announce(): void {
    const { announce, startedAtMs, clock } = this.#options;
    if (!this.#isAside) announce({ v: 1, startedAt: startedAtMs });
    this.#stopRepeating();
    this.#stopRepeating = clock.after(REPEAT_MS, () => {
      if (!this.#isConnected) return;
      this.#missOthers();
      this.#announce();
    });
  }

  #missOthers(): void {
    for (const [id, other] of this.#others) {
      other.missed += 1;
      if (other.missed < REPEATS_MISSED_MAX) continue;
      this.#others.delete(id);
      this.#options.leave(id);
    }
    this.#weigh();
  }

  #weigh(): void {
    const mayLead = this.#isConnected && !this.#isAside && !this.#isSomebodyAhead();
    if (!mayLead) {
      this.#takeBack?.();
      this.#takeBack = undefined;
      this.#setLeading(false);
      return;
    }
    if (this.#isLeading || this.#takeBack !== undefined) return;
    const { isShared, clock, settleMs } = this.#options;
    if (!isShared) {
      this.#setLeading(true);
      return;
    }
    this.#takeBack = clock.after(settleMs, () => {
      this.#takeBack = undefined;
      this.#setLeading(true);
    });
  }

  #isSomebodyAhead(): boolean {
    const { id, startedAtMs } = this.#options;
    return [...this.#others].some(
      ([other, its]) => its.startedAtMs < startedAtMs || (its.startedAtMs === startedAtMs && other < id),
    );
  }

  #setLeading(isLeading: boolean): void {
    if (this.#isLeading === isLeading) return;
    this.#isLeading = isLeading;
    this.#options.onLead(isLeading);
  }
}

import type { VirtualTime } from '../virtual-time.ts';
import type { Dice } from './life.ts';

/** The broker gives up a silent connection after one and a half keepalives of 15 s (MQTT 3.1.1 §3.1.2.10). */
const KEEPALIVE_LOST_MS = 22_000;
const RECONNECT_MS = 1_000;
/** How often a message is slow, and how often it comes a second time, later. */
const SLOW_RATE = 0.04;
const TWICE_RATE = 0.05;

export type Member = {
  id: string;
  subscriptions: readonly string[];
  will?: { topic: string; payload: Buffer };
  onUp: () => void;
  onDown: () => void;
  onMessage: (topic: string, payload: Buffer, isRetained: boolean) => void;
};

type Seat = {
  member: Member;
  isUp: boolean;
  /** Which topics it has subscribed to, as far as they have come up. */
  topics: Map<string, boolean>;
  /** The process or its host is gone for good. */
  isGone: boolean;
  /** Counts connections: what was under way on an older one is lost. */
  connection: number;
  /** Nothing passes before then, in either direction. */
  stalledUntilMs: number;
  /** What it has sent and the broker has not read yet, in order. */
  underWay: Set<() => void>;
  lastIn: Map<string, number>;
  lastOut: Map<string, number>;
};

export type SimulatedLink = {
  publish: (topic: string, payload: Buffer, isRetained: boolean) => void;
  isUp: () => boolean;
  leave: (politely: boolean) => void;
  /** The process died, or its host: then the broker notices only by the silence. */
  abandon: (isHostLost: boolean) => void;
};

/**
 * A broker as bad as MQTT 3.1.1 allows with clean sessions: it is slow, repeats, loses whatever is under way when a
 * connection breaks, delivers to some and not to others, forgets what it retained; and where `isOrdered` is not set,
 * messages of different topics overtake each other.
 */
export class SimulatedBroker {
  readonly #time: VirtualTime;
  readonly #dice: Dice;
  readonly #isOrdered: boolean;
  readonly #seats = new Map<string, Seat>();
  readonly #retained = new Map<string, Buffer>();
  #isAway = false;
  #isCalm = false;

  constructor(time: VirtualTime, dice: Dice, isOrdered: boolean) {
    this.#time = time;
    this.#dice = dice;
    this.#isOrdered = isOrdered;
  }

  join(member: Member): SimulatedLink {
    const seat: Seat = {
      ...{ member, isUp: false, isGone: false, connection: 0, stalledUntilMs: 0 },
      topics: new Map(),
      underWay: new Set(),
      ...{ lastIn: new Map<string, number>(), lastOut: new Map<string, number>() },
    };
    this.#comeBack(seat, 20);
    return {
      publish: (topic, payload, isRetained) => this.#take(seat, topic, payload, isRetained),
      isUp: () => seat.isUp,
      leave: (politely) => {
        seat.isGone = true;
        if (seat.isUp) this.#drop(seat, politely);
      },
      abandon: (isHostLost) => {
        seat.isGone = true;
        if (isHostLost) this.#dropLater(seat);
        else if (seat.isUp) this.#drop(seat, false);
      },
    };
  }

  names(): string[] {
    return [...this.#seats.keys()];
  }

  /** The connection breaks, and both ends notice. */
  cut(id: string): void {
    const seat = this.#seats.get(id);
    if (seat?.isUp) this.#drop(seat, false);
  }

  /** Nothing passes for so long; a connection that is silent for too long is lost. */
  stall(id: string, forMs: number): void {
    const seat = this.#seats.get(id);
    if (!seat?.isUp) return;
    seat.stalledUntilMs = this.#time.nowMs + forMs;
    if (forMs >= KEEPALIVE_LOST_MS) this.#dropLater(seat);
  }

  /** Everybody is thrown out; what was retained is lost where it `forgets`. */
  crash(forMs: number, forgets: boolean): void {
    this.#isAway = true;
    for (const seat of this.#seats.values()) if (seat.isUp) this.#drop(seat, true);
    if (forgets) this.#retained.clear();
    this.#time.after(forMs, () => {
      this.#isAway = false;
    });
  }

  /** No faults from here on. */
  calm(): void {
    this.#isCalm = true;
    for (const seat of this.#seats.values()) seat.stalledUntilMs = 0;
  }

  #comeBack(seat: Seat, inMs: number): void {
    this.#time.after(inMs + this.#dice.between(0, 200), () => {
      if (seat.isGone || seat.isUp) return;
      if (this.#isAway || this.#time.nowMs < seat.stalledUntilMs) return this.#comeBack(seat, RECONNECT_MS);
      this.#letIn(seat);
    });
  }

  #letIn(seat: Seat): void {
    const { id, onUp } = seat.member;
    const before = this.#seats.get(id);
    if (before !== undefined && before !== seat && before.isUp) this.#drop(before, false);
    this.#seats.set(id, seat);
    seat.isUp = true;
    seat.connection += 1;
    seat.lastIn.clear();
    seat.lastOut.clear();
    for (const [topic, payload] of this.#retained)
      if (hears(seat, topic)) this.#deliver(seat, topic, payload, true);
    onUp();
  }

  #dropLater(seat: Seat): void {
    const { connection } = seat;
    this.#time.after(KEEPALIVE_LOST_MS, () => {
      if (seat.isUp && seat.connection === connection) this.#drop(seat, false);
    });
  }

  #drop(seat: Seat, politely: boolean): void {
    // Of what was under way the broker has read a first part, and all of it before it closes the connection.
    const isReading = !this.#isAway && this.#time.nowMs >= seat.stalledUntilMs;
    let left = isReading ? Math.floor(this.#dice.between(0, seat.underWay.size + 1)) : 0;
    for (const arrives of seat.underWay) {
      if (left === 0) break;
      left -= 1;
      arrives();
    }
    seat.underWay.clear();
    seat.isUp = false;
    seat.connection += 1;
    const { id, will, onDown } = seat.member;
    if (this.#seats.get(id) === seat && seat.isGone) this.#seats.delete(id);
    if (!politely && will !== undefined) this.#passOn(will.topic, will.payload, true);
    if (seat.isGone) return;
    onDown();
    this.#comeBack(seat, RECONNECT_MS);
  }

  #take(seat: Seat, topic: string, payload: Buffer, isRetained: boolean): void {
    if (!seat.isUp) return;
    const arrives = () => {
      if (seat.underWay.delete(arrives)) this.#passOn(topic, payload, isRetained);
    };
    seat.underWay.add(arrives);
    this.#schedule(seat, seat.lastIn, topic, arrives);
  }

  #passOn(topic: string, payload: Buffer, isRetained: boolean): void {
    if (isRetained && payload.length === 0) this.#retained.delete(topic);
    else if (isRetained) this.#retained.set(topic, payload);
    for (const seat of this.#seats.values())
      if (seat.isUp && hears(seat, topic)) this.#deliver(seat, topic, payload, false);
  }

  #deliver(seat: Seat, topic: string, payload: Buffer, isRetained: boolean): void {
    const { connection } = seat;
    const arrives = () => {
      if (seat.connection === connection && !seat.isGone) seat.member.onMessage(topic, payload, isRetained);
    };
    this.#schedule(seat, seat.lastOut, topic, arrives);
    if (this.#isCalm || !this.#dice.chance(TWICE_RATE)) return;
    this.#time.after(this.#dice.between(0, 20_000), () => this.#schedule(seat, new Map(), topic, arrives));
  }

  /** In the order of sending, on the whole connection or topic by topic. */
  #schedule(seat: Seat, last: Map<string, number>, topic: string, call: () => void): void {
    const isSlow = !this.#isCalm && this.#dice.chance(SLOW_RATE);
    const delayMs = isSlow ? this.#dice.between(100, 4_000) : this.#dice.between(1, 20);
    const line = this.#isOrdered ? '' : topic;
    const now = this.#time.nowMs;
    const atMs = Math.max(now + delayMs, seat.stalledUntilMs, last.get(line) ?? 0);
    last.set(line, atMs);
    this.#time.after(atMs - now, call);
  }
}

function hears(seat: Seat, topic: string): boolean {
  const known = seat.topics.get(topic);
  if (known !== undefined) return known;
  const does = seat.member.subscriptions.some((filter) => fits(filter, topic));
  seat.topics.set(topic, does);
  return does;
}

function fits(filter: string, topic: string): boolean {
  const [wanted, there] = [filter.split('/'), topic.split('/')];
  for (const [at, part] of wanted.entries()) {
    if (part === '#') return true;
    if (part !== '+' && part !== there[at]) return false;
  }
  return wanted.length === there.length;
}

import { commonsFold } from '../../../server/commons/commons.ts';
import type { Draft, LoggedEntry } from '../../../server/commons/fact.ts';
import type { LedgerPort } from '../../../server/commons/ledger-port.ts';
import type { CommonsState } from '../../../server/commons/state.ts';
import { AppError } from '../../../server/errors.ts';
import type { VirtualTime } from '../virtual-time.ts';
import type { Dice, Life } from './life.ts';

const UNAVAILABLE_RATE = 0.02;
const SLOW_RATE = 0.05;

/** The log that all coordinators append to. That it keeps what it took is the ledger's own simulation to show. */
export class SimulatedLog {
  readonly entries: LoggedEntry[] = [];
  readonly #ids = new Set<string>();
  readonly #listeners = new Set<() => void>();

  constructor(first: readonly LoggedEntry[]) {
    for (const entry of first) this.#keep(entry);
  }

  append(drafts: readonly Draft[], time: number): LoggedEntry[] {
    const added = drafts.map(({ sigs: _sigs, ...body }): LoggedEntry => {
      const entry = { index: this.entries.length, body: { ...body, v: 1 }, log: { time } };
      this.#keep(entry);
      return entry;
    });
    for (const listener of this.#listeners) listener();
    return added;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #keep(entry: LoggedEntry): void {
    this.entries.push(entry);
    this.#ids.add(entry.body.id);
  }
}

/** The log as one coordinator sees it: late, now and then out of reach, and an answer may be lost after the deed. */
export class LogView implements LedgerPort {
  isCalm = false;
  readonly #state = commonsFold.initial();
  readonly #listeners = new Set<(entries: readonly LoggedEntry[]) => void>();
  readonly #log: SimulatedLog;
  readonly #time: VirtualTime;
  readonly #dice: Dice;
  readonly #life: Life;
  #seen = 0;

  constructor(log: SimulatedLog, { time, dice, life }: { time: VirtualTime; dice: Dice; life: Life }) {
    this.#log = log;
    this.#time = time;
    this.#dice = dice;
    this.#life = life;
    this.#catchUp();
    const stop = log.onAppend(() => {
      time.after(dice.between(5, 600), () => this.#catchUp());
    });
    life.onDeath(stop);
  }

  state(): CommonsState {
    return this.#state;
  }

  async submit(...[decide, options]: Parameters<LedgerPort['submit']>) {
    await this.#wait();
    this.#demandReachable();
    this.#catchUp();
    const { nowMs } = this.#life;
    let entries: LoggedEntry[];
    try {
      const drafts = decide(this.#state, { nowMs: nowMs(), newId: this.#dice.newId });
      entries = drafts.length === 0 ? [] : this.#log.append(drafts, nowMs());
    } catch (cause) {
      const { ids = [] } = options ?? {};
      if (ids.length === 0 || !ids.every((id) => this.#log.has(id))) throw cause;
      entries = this.#log.entries.filter(({ body }) => ids.includes(body.id));
    }
    this.#catchUp();
    await this.#wait();
    this.#demandReachable();
    return { entries };
  }

  async refresh(): Promise<void> {
    await this.#wait();
    this.#demandReachable();
    this.#catchUp();
  }

  subscribe(listener: (entries: readonly LoggedEntry[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #catchUp(): void {
    if (this.#life.isDead) return;
    const news = this.#log.entries.slice(this.#seen);
    this.#seen += news.length;
    for (const entry of news) commonsFold.evolve(this.#state, entry);
    if (news.length > 0) for (const listener of [...this.#listeners]) listener(news);
  }

  /** Never resolves for a process that has died, or dies here. */
  #wait(): Promise<void> {
    const isSlow = !this.isCalm && this.#dice.chance(SLOW_RATE);
    const delayMs = isSlow ? this.#dice.between(100, 3_000) : this.#dice.between(1, 20);
    return new Promise((resolve) => {
      this.#time.after(delayMs, () => {
        if (this.#life.survives()) resolve();
      });
    });
  }

  #demandReachable(): void {
    if (this.isCalm || !this.#dice.chance(UNAVAILABLE_RATE)) return;
    throw new AppError('unavailable', 'The store cannot be reached.', { code: 'storage.out-of-reach' });
  }
}

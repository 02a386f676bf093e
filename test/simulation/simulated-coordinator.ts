import { AppError } from '../../server/errors.ts';
import type { Decide, Receipt } from '../../server/ledger/command.ts';
import { createLedger, type Ledger } from '../../server/ledger/ledger.ts';
import type { LogKeys } from '../../server/ledger/log-keys.ts';
import type { Storage } from '../../server/storage/storage.ts';
import { type Bank, bankFold } from './bank-fold.ts';
import { type FaultRates, faultyStorage } from './faulty-storage.ts';
import type { VirtualTime } from './virtual-time.ts';

const RATES: FaultRates = { replyLost: 0.01, requestLost: 0.01, twice: 0.02, rolledBack: 0.01, stale: 0.1 };
const NONE: FaultRates = { replyLost: 0, requestLost: 0, twice: 0, rolledBack: 0, stale: 0 };
/** Often enough that starts from a snapshot are simulated too. */
const SNAPSHOT_ENTRIES = 200;

interface CoordinatorParts {
  truth: Storage;
  time: VirtualTime;
  random: () => number;
  keys: LogKeys;
}

/** One process of several over the same store: it can be killed, cut off, and given a wrong clock. */
export class Coordinator {
  readonly #parts: CoordinatorParts;
  #life = 0;
  #ledger: Ledger<Bank> | undefined;
  #opening: Promise<void>;
  #cutUntilMs = 0;
  #clockOffMs = 0;
  #rates = RATES;
  #fault: unknown;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
    this.#opening = this.#open(0);
  }

  submit(decide: Decide<Bank>, id: string): Promise<Receipt> {
    if (this.#ledger === undefined) return Promise.reject(away());
    const life = this.#life;
    const { time } = this.#parts;
    const answer = this.#ledger.submit(decide, { ids: [id] });
    return new Promise((resolve, reject) => {
      answer.then(resolve, reject);
      // The client sees the connection break.
      const look = () => {
        if (this.#life === life) void time.after(100, look);
        else reject(away());
      };
      look();
    });
  }

  async refresh(): Promise<void> {
    await this.#opening;
    await this.#ledger?.refresh();
  }

  state(): Bank {
    if (this.#ledger === undefined) throw new Error('the coordinator is not open');
    return this.#ledger.state();
  }

  kill(forMs: number): void {
    this.#life += 1;
    this.#ledger = undefined;
    this.#opening = this.#open(forMs);
  }

  cut(forMs: number): void {
    this.#cutUntilMs = this.#parts.time.nowMs + forMs;
  }

  jump(byMs: number): void {
    this.#clockOffMs += byMs;
  }

  /** No faults from here on. */
  heal(): void {
    this.#rates = NONE;
    this.#cutUntilMs = 0;
  }

  /** @throws whatever made the ledger stop: in a simulation nothing may. */
  complain(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  async #open(afterMs: number): Promise<void> {
    const { truth, time, random, keys } = this.#parts;
    const life = this.#life;
    const isDead = () => this.#life !== life;
    await time.sleep(afterMs);
    while (!isDead()) {
      try {
        const ledger = await createLedger({
          storage: faultyStorage(truth, {
            ...{ time, random, isDead, rates: () => this.#rates },
            isCut: () => time.nowMs < this.#cutUntilMs,
          }),
          ...{ fold: bankFold, keys, origin: 'simulation.example/log', isShared: true, random },
          nowMs: () => time.nowMs + this.#clockOffMs + 1_000_000,
          newId: () => `id-${random()}`,
          after: (ms, call) => time.after(ms, () => isDead() || call()),
          snapshotEntries: SNAPSHOT_ENTRIES,
          onStopped: (error) => {
            if (!isDead()) this.#fault = error;
          },
        });
        if (!isDead()) this.#ledger = ledger;
        return;
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'storage.out-of-reach') {
          if (!isDead()) this.#fault = error;
          return;
        }
        await time.sleep(100);
      }
    }
  }
}

function away(): AppError {
  return new AppError('unavailable', 'The server does not answer.', { code: 'simulation.away' });
}

import { readBundle } from '#contract/log-tiles.ts';
import { AppError } from '../../server/errors.ts';
import { seededRandom } from '../../server/geometry/nesting/seeded-random.ts';
import { emptyHead, faultOfCommit, headAfter } from '../../server/ledger/commit.ts';
import { type CommittedEntry, readLeaf } from '../../server/ledger/committed-entry.ts';
import { createMemoryStorage } from '../../server/storage/memory-storage.ts';
import type { Storage } from '../../server/storage/storage.ts';
import { fixedLogKeys } from '../support/fixed-keys.ts';
import { ACCOUNTS, ALL_THE_MONEY, type Bank, bankFold, transfer } from './bank-fold.ts';
import { Coordinator } from './simulated-coordinator.ts';
import { VirtualTime } from './virtual-time.ts';

export interface SimulationOptions {
  seed: number;
  /** Commands and faults together. */
  steps: number;
  coordinators: number;
  onProgress?: (step: number) => void;
}

export interface SimulationResult {
  steps: number;
  entries: number;
  commits: number;
  acknowledged: number;
  refused: number;
  /** Commands whose outcome nobody could say at once; each was asked again with the same id. */
  unsure: number;
  kills: number;
  cuts: number;
  clockJumps: number;
  virtualSeconds: number;
}

/** How often a step is a fault and not a command. */
const KILL_RATE = 0.01;
const CUT_RATE = 0.01;
const CLOCK_RATE = 0.005;
const CHECK_EVERY_STEPS = 500;
/** A command is asked again, at another coordinator, until somebody says what became of it. */
const ASK_AGAIN_MS = 50;
const SETTLE_MS = 60_000;

/**
 * Runs several coordinators over one faulty store, in virtual time, and checks what may never happen.
 * @throws Error naming the broken promise; the same seed breaks it again.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #time = new VirtualTime();
  readonly #random: () => number;
  readonly #truth: Storage = createMemoryStorage();
  readonly #coordinators: Coordinator[];
  readonly #acknowledged = new Map<string, number>();
  #open = 0;
  #made = 0;
  #result = { refused: 0, unsure: 0, kills: 0, cuts: 0, clockJumps: 0 };

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    const keys = fixedLogKeys(`simulation ${options.seed}`);
    this.#coordinators = Array.from(
      { length: options.coordinators },
      () => new Coordinator({ truth: this.#truth, time: this.#time, random: this.#random, keys }),
    );
  }

  async run(): Promise<SimulationResult> {
    for (let step = 1; step <= this.#options.steps; step += 1) {
      this.#act();
      await this.#time.pass(this.#random() * 20);
      if (step % CHECK_EVERY_STEPS === 0) {
        await this.#checkLog();
        this.#options.onProgress?.(step);
      }
    }
    for (const coordinator of this.#coordinators) coordinator.heal();
    await this.#time.pass(SETTLE_MS);
    if (this.#open > 0) throw new Error(`${this.#open} commands never got an answer`);
    await Promise.all(this.#coordinators.map((coordinator) => this.#settled(coordinator.refresh())));
    const entries = await this.#checkLog();
    this.#checkStates(entries);
    return {
      ...this.#result,
      steps: this.#options.steps,
      entries: entries.length,
      commits: (await this.#truth.commits(0, Number.MAX_SAFE_INTEGER)).length,
      acknowledged: this.#acknowledged.size,
      virtualSeconds: Math.round(this.#time.nowMs / 1_000),
    };
  }

  #act(): void {
    const coordinator = this.#anyCoordinator();
    const chance = this.#random();
    if (chance < KILL_RATE) {
      this.#result.kills += 1;
      coordinator.kill(this.#random() * 2_000);
    } else if (chance < KILL_RATE + CUT_RATE) {
      this.#result.cuts += 1;
      coordinator.cut(this.#random() * 3_000);
    } else if (chance < KILL_RATE + CUT_RATE + CLOCK_RATE) {
      this.#result.clockJumps += 1;
      coordinator.jump((this.#random() - 0.5) * 600_000);
    } else void this.#command();
  }

  /** What a client does: makes an id, and repeats the command with it until the answer is sure. */
  async #command(): Promise<void> {
    this.#made += 1;
    this.#open += 1;
    const id = `command-${this.#made}`;
    const [from, to] = [this.#anyAccount(), this.#anyAccount()];
    const wish = { from, to, amount: 1 + Math.floor(this.#random() * 200) };
    for (let isSure = false; !isSure; ) {
      isSure = await this.#ask(this.#anyCoordinator(), id, wish);
      if (!isSure) await this.#time.sleep(ASK_AGAIN_MS + this.#random() * 200);
    }
    this.#open -= 1;
  }

  async #ask(coordinator: Coordinator, id: string, wish: Parameters<typeof transfer>[2]): Promise<boolean> {
    try {
      const { entries } = await coordinator.submit((bank) => transfer(bank, id, wish), id);
      const [entry] = entries;
      if (entries.length !== 1 || entry?.body.id !== id) throw new Error(`${id} got another's receipt`);
      const before = this.#acknowledged.get(id);
      if (before !== undefined) throw new Error(`${id} was acknowledged twice`);
      this.#acknowledged.set(id, entry.index);
      return true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'bank.not-enough') {
        if ((await this.#truth.rowsById([id])).length > 0)
          throw new Error(`${id} is in the log, and was refused`);
        this.#result.refused += 1;
        return true;
      }
      if (error.code === 'ledger.damaged') throw error;
      this.#result.unsure += 1;
      return false;
    }
  }

  /** The chain from the first commit on, every entry once, and everything acknowledged at its place. */
  async #checkLog(): Promise<CommittedEntry[]> {
    for (const coordinator of this.#coordinators) coordinator.complain();
    const entries: CommittedEntry[] = [];
    let head = emptyHead;
    for (const commit of await this.#truth.commits(0, Number.MAX_SAFE_INTEGER)) {
      const fault = faultOfCommit(head, commit);
      if (fault !== undefined) throw new Error(fault);
      entries.push(...readBundle(commit.bundle).map((leaf, at) => readLeaf(leaf, commit.first + at)));
      head = headAfter(commit);
    }
    const ids = new Set(entries.map(({ body }) => body.id));
    if (ids.size !== entries.length) throw new Error('an id stands in the log twice');
    for (const [id, index] of this.#acknowledged)
      if (entries[index]?.body.id !== id) throw new Error(`${id} was acknowledged and is lost`);
    const revs = new Map<string, number>();
    for (const { body, log } of entries) {
      const expected = (revs.get(body.stream) ?? -1) + 1;
      if (log.rev !== expected)
        throw new Error(`${body.stream} has revision ${log.rev} after ${expected - 1}`);
      revs.set(body.stream, log.rev);
    }
    const bank = folded(entries);
    const sum = [...bank.values()].reduce((total, amount) => total + amount, 0);
    if (sum !== ALL_THE_MONEY) throw new Error(`there are ${sum} where ${ALL_THE_MONEY} were put in`);
    if ([...bank.values()].some((amount) => amount < 0)) throw new Error('an account was overdrawn');
    return entries;
  }

  #checkStates(entries: readonly CommittedEntry[]): void {
    const wanted = Buffer.from(bankFold.encode(folded(entries))).toString();
    for (const coordinator of this.#coordinators) {
      const has = Buffer.from(bankFold.encode(coordinator.state())).toString();
      if (has !== wanted) throw new Error(`a coordinator has ${has} where the log gives ${wanted}`);
    }
  }

  /** Waits for something that needs virtual time to pass. */
  async #settled(promise: Promise<void>): Promise<void> {
    let isDone = false;
    const done = promise.then(() => {
      isDone = true;
    });
    while (!isDone) await this.#time.step();
    await done;
  }

  #anyCoordinator(): Coordinator {
    const one = this.#coordinators[Math.floor(this.#random() * this.#coordinators.length)];
    if (one === undefined) throw new Error('a simulation needs coordinators');
    return one;
  }

  #anyAccount(): string {
    return ACCOUNTS[Math.floor(this.#random() * ACCOUNTS.length)] ?? ACCOUNTS[0];
  }
}

function folded(entries: readonly CommittedEntry[]): Bank {
  const bank = bankFold.initial();
  for (const entry of entries) bankFold.evolve(bank, entry);
  return bank;
}

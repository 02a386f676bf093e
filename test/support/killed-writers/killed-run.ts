import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../server/geometry/nesting/seeded-random.ts';
import { AWAY_EXIT_CODE, type Command } from './command.ts';
import { HeardSoFar, WriterProcess } from './writer-process.ts';

export interface KilledRunWish {
  program: string;
  /** Path of a SQLite file, or address of a MongoDB server. */
  store: string;
  privateFolder: string;
  kills: number;
  seed: number;
  /** See `WriterOrder`. */
  pauseMs: number;
  /** Kills the store's own process and starts it again; called so often, spread over the run. */
  storeKills?: { times: number; kill: () => Promise<void>; restart: () => Promise<void> };
}

export interface KilledRun {
  heard: HeardSoFar;
  /** Processes that were told to write. */
  lives: number;
  kills: number;
  storeKills: number;
  /** Lives that ended by themselves, for the store was away when they began. */
  awayStarts: number;
}

const WRITERS = 4;
const LOOPS = 3;
const SHORTEST_LIFE_MS = 20;
const LONGEST_LIFE_MS = 200;
/** A writer that does not get as far as it should is killed where it is. */
const PATIENCE_MS = 10_000;
/** Answered commands that are asked once more in each life, as by a client that lost the answer. */
const ASKED_AGAIN = 2;

/**
 * Four writers append to one store until so many of them have been killed with `kill -9`, one after the other, most while
 * they write, some while they open the store and some right after they signed. Each is started again at once.
 */
export async function runKilledWriters(wish: KilledRunWish): Promise<KilledRun> {
  const heard = new HeardSoFar();
  const random = seededRandom(wish.seed);
  const run: KilledRun = { heard, lives: 0, kills: 0, storeKills: 0, awayStarts: 0 };
  const writers = Array.from({ length: WRITERS }, () => new Writer(wish, run, random));
  while (run.kills < wish.kills && heard.faults.length === 0) {
    const { times, kill, restart } = wish.storeKills ?? { times: 0 };
    if (run.storeKills < (times * run.kills) / wish.kills) {
      run.storeKills += 1;
      await kill?.();
      await sleep(random() * LONGEST_LIFE_MS);
      await restart?.();
    }
    const victim = writers[Math.floor(random() * WRITERS)];
    await victim?.untilItsMoment(random());
    await victim?.killAndStart();
  }
  await Promise.all(writers.map((writer) => writer.end()));
  return run;
}

class Writer {
  readonly #wish: KilledRunWish;
  readonly #run: KilledRun;
  readonly #random: () => number;
  #spare: WriterProcess;
  #now: WriterProcess;
  #isOver = false;

  constructor(wish: KilledRunWish, run: KilledRun, random: () => number) {
    this.#wish = wish;
    this.#run = run;
    this.#random = random;
    this.#spare = this.#load();
    this.#now = this.#start();
  }

  /** @param kind chance, from 0 to 1 */
  async untilItsMoment(kind: number): Promise<void> {
    const lifeMs = SHORTEST_LIFE_MS + this.#random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS);
    const isReady =
      kind < 0.15 ? () => true : kind < 0.3 ? () => this.#now.published > 0 : () => this.#now.isOpen;
    const endMs = Date.now() + PATIENCE_MS;
    while (!isReady() && Date.now() < endMs) await sleep(2);
    await sleep(kind < 0.3 ? this.#random() * SHORTEST_LIFE_MS : lifeMs);
  }

  async killAndStart(): Promise<void> {
    const killed = this.#now;
    await killed.kill();
    this.#run.kills += 1;
    // It may have ended by itself at the same moment, and been replaced.
    if (this.#now === killed) this.#now = this.#start();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all([this.#now.kill(), this.#spare.kill()]);
  }

  #load(): WriterProcess {
    const { program, store, privateFolder } = this.#wish;
    return new WriterProcess(program, [store, privateFolder], this.#run.heard);
  }

  #start(): WriterProcess {
    const starting = this.#spare;
    this.#spare = this.#load();
    this.#run.lives += 1;
    const { pauseMs } = this.#wish;
    starting.begin({ life: this.#run.lives, repeats: this.#repeats(), loops: LOOPS, pauseMs });
    void starting.ended.then(({ code }) => {
      if (this.#isOver || this.#now !== starting || code === null) return;
      if (code === AWAY_EXIT_CODE) this.#run.awayStarts += 1;
      this.#now = this.#start();
    });
    return starting;
  }

  /** All that nobody has answered yet, whoever asked it first, and a few that were answered. */
  #repeats(): Command[] {
    const { open, acknowledged } = this.#run.heard;
    const answered = [...acknowledged];
    const again = Array.from({ length: Math.min(ASKED_AGAIN, answered.length) }, () => {
      const [name = '', indexes = []] = answered[Math.floor(this.#random() * answered.length)] ?? [];
      return { name, count: indexes.length };
    });
    return [...again, ...open.values()];
  }
}

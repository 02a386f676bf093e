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
  /** Those of them that live. */
  living: Set<number>;
  kills: number;
  storeKills: number;
  /** Lives that ended by themselves, for the store was away when they began. */
  awayStarts: number;
}

const WRITERS = 4;
const LOOPS = 3;
const SHORTEST_LIFE_MS = 20;
const LONGEST_LIFE_MS = 200;
/** Of all kills, those of writers that open the store or ask for the first time, and of those that have just signed. */
const STARTING_SHARE = 0.15;
const SIGNING_SHARE = 0.08;
/** A writer that does not get as far as it should is killed where it is. */
const PATIENCE_MS = 10_000;
/** Answered commands that are asked once more in each life, as by a client that lost the answer. */
const ASKED_AGAIN = 1;
/** Of all lives, those that begin by asking what others are asking, too. */
const SAME_TIME_SHARE = 0.25;

/**
 * Four writers append to one store until so many of them have been killed with `kill -9`, one after the other, most while
 * they write, some while they open the store and some right after they signed. Each is started again at once.
 */
export async function runKilledWriters(wish: KilledRunWish): Promise<KilledRun> {
  const heard = new HeardSoFar();
  const random = seededRandom(wish.seed);
  const run: KilledRun = { heard, lives: 0, living: new Set(), kills: 0, storeKills: 0, awayStarts: 0 };
  const writers = Array.from({ length: WRITERS }, () => new Writer(wish, run, random));
  while (run.kills < wish.kills && heard.faults.length === 0) {
    const { times, kill, restart } = wish.storeKills ?? { times: 0 };
    if (run.storeKills < (times * run.kills) / wish.kills) {
      run.storeKills += 1;
      await kill?.();
      await sleep(random() * LONGEST_LIFE_MS);
      await restart?.();
    }
    const victim = await nextVictim(writers, random);
    await victim.killAndStart();
  }
  await Promise.all(writers.map((writer) => writer.end()));
  return run;
}

/**
 * Any writer whose moment has come: one that is still starting, one that has just signed, or, mostly, one that goes on writing
 * for a random while.
 */
async function nextVictim(writers: readonly Writer[], random: () => number): Promise<Writer> {
  const kind = random();
  const isReady = ({ life }: Writer) =>
    kind < STARTING_SHARE
      ? !life.hasAcknowledged
      : kind < STARTING_SHARE + SIGNING_SHARE
        ? life.hasPublished
        : life.hasAcknowledged;
  const endMs = Date.now() + PATIENCE_MS;
  while (Date.now() < endMs && !writers.some(isReady)) await sleep(2);
  const ready = writers.some(isReady) ? writers.filter(isReady) : [...writers];
  const [victim] = ready.splice(Math.floor(random() * ready.length), 1);
  if (victim === undefined) throw new Error('there are no writers');
  const isWriting = kind >= STARTING_SHARE + SIGNING_SHARE;
  const [shortest, longest] = isWriting ? [SHORTEST_LIFE_MS, LONGEST_LIFE_MS] : [0, SHORTEST_LIFE_MS];
  await sleep(shortest + random() * (longest - shortest));
  return victim;
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

  get life(): WriterProcess {
    return this.#now;
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
    const life = this.#run.lives;
    this.#run.living.add(life);
    const { pauseMs } = this.#wish;
    starting.begin({ life, repeats: this.#repeats(), loops: LOOPS, pauseMs });
    void starting.ended.then(({ code }) => {
      this.#run.living.delete(life);
      if (this.#isOver || this.#now !== starting || code === null) return;
      if (code === AWAY_EXIT_CODE) this.#run.awayStarts += 1;
      this.#now = this.#start();
    });
    return starting;
  }

  /**
   * What nobody has answered yet, whoever asked it first, and a few that were answered. Once in a while also what other writers
   * are asking at this moment: two then do the same at the same time.
   */
  #repeats(): Command[] {
    const { open, acknowledged } = this.#run.heard;
    const answered = [...acknowledged];
    const isForAll = this.#random() < SAME_TIME_SHARE;
    const unanswered = [...open.values()].filter(
      ({ name }) => isForAll || !this.#run.living.has(lifeOf(name)),
    );
    const again = Array.from({ length: Math.min(ASKED_AGAIN, answered.length) }, () => {
      const [name = '', indexes = []] = answered[Math.floor(this.#random() * answered.length)] ?? [];
      return { name, count: indexes.length };
    });
    return [...again, ...unanswered];
  }
}

/** Who thought of a command: writers put their life in front. */
function lifeOf(name: string): number {
  return Number(name.split('.')[0]);
}

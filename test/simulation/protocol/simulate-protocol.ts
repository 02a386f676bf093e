import { seededRandom } from '../../../server/geometry/nesting/seeded-random.ts';
import { VirtualTime } from '../virtual-time.ts';
import { firstEntries, LABS } from './first-entries.ts';
import { type Dice, diceOf } from './life.ts';
import { People } from './people.ts';
import { SimulatedBroker } from './simulated-broker.ts';
import { SimulatedLab } from './simulated-lab.ts';
import { SimulatedLog } from './simulated-log.ts';
import { SimulatedServer } from './simulated-server.ts';
import { checkTruth } from './truth.ts';

export type ProtocolRun = {
  /** How many jobs ended in each way, and how often machines were started. */
  ends: Record<string, number>;
  starts: number;
  faults: Record<string, number>;
  virtualSeconds: number;
};

const STEPS = 10;
const PEOPLE_EVERY_MS = 6_000;
const FAULT_RATE = 0.5;
const PATIENCE_MS = 20_000;
/** After the last fault everything has to come to its end within an hour. */
const ROUNDS_MAX = 180;

/** One world from one seed: two labs, one to three servers, a broker, people, and whatever goes wrong. @throws Error naming what broke. */
export async function simulateProtocol(
  seed: number,
  say: (sentence: string) => void = () => {},
): Promise<ProtocolRun> {
  const simulation = new Simulation(seed, say);
  try {
    return await simulation.run();
  } finally {
    simulation.close();
  }
}

class Simulation {
  readonly #time = new VirtualTime();
  readonly #dice: Dice;
  readonly #broker: SimulatedBroker;
  readonly #log: SimulatedLog;
  readonly #labs: Map<string, SimulatedLab>;
  readonly #servers: SimulatedServer[];
  readonly #people: People;
  readonly #faults: Record<string, number> = {};
  readonly #say: (sentence: string) => void;

  constructor(seed: number, tell: (sentence: string) => void) {
    const time = this.#time;
    const dice = diceOf(seededRandom(seed));
    const say = (sentence: string) => tell(`${(time.nowMs / 1_000).toFixed(3)} ${sentence}`);
    const broker = new SimulatedBroker(time, dice, true);
    const log = new SimulatedLog(firstEntries(dice));
    const servers = dice.chance(0.5) ? 1 : dice.chance(0.7) ? 2 : 3;
    const isShared = servers > 1 || dice.chance(0.5);
    this.#say = say;
    log.onAppend(() =>
      say(`log: ${log.entries.at(-1)?.body.type} ${JSON.stringify(log.entries.at(-1)?.body.data)}`),
    );
    this.#dice = dice;
    this.#broker = broker;
    this.#log = log;
    this.#labs = new Map(LABS.map((lab) => [lab, new SimulatedLab(lab, { time, dice, broker, log: say })]));
    this.#servers = Array.from(
      { length: servers },
      (_, at) => new SimulatedServer(`server-${at}`, { time, dice, broker, log, isShared, say }),
    );
    this.#people = new People({ dice, labs: this.#labs, servers: this.#servers });
  }

  async run(): Promise<ProtocolRun> {
    const dice = this.#dice;
    await this.#time.passSwiftly(2_000);
    for (let orders = dice.chance(0.5) ? 1 : 2; orders > 0; orders -= 1) void this.#people.order();
    for (let step = 0; step < STEPS; step += 1) {
      if (this.#dice.chance(FAULT_RATE)) this.#goWrong();
      if (this.#dice.chance(0.02)) void this.#people.order();
      this.#people.lookAround();
      await this.#time.passSwiftly(this.#dice.between(0, 2 * PEOPLE_EVERY_MS));
    }
    this.#heal();
    for (let round = 0; round < ROUNDS_MAX && !this.#isAtRest(); round += 1) {
      this.#people.lookAround();
      await this.#time.passSwiftly(PATIENCE_MS);
    }
    const ends = checkTruth(this.#log.entries, this.#labs.values());
    for (const { lab, untold } of this.#labs.values())
      if (untold > 0) throw new Error(`the bridge of ${lab} still waits for ${untold} receipts`);
    const starts = [...this.#labs.values()].flatMap(({ machines }) =>
      machines.flatMap(({ runs }) => runs),
    ).length;
    return { ends, starts, faults: this.#faults, virtualSeconds: Math.round(this.#time.nowMs / 1_000) };
  }

  close(): void {
    for (const lab of this.#labs.values()) lab.close();
  }

  #goWrong(): void {
    const dice = this.#dice;
    const lab = dice.pick([...this.#labs.values()]);
    const server = dice.pick(this.#servers);
    const name = dice.pick(this.#broker.names());
    if (lab === undefined || server === undefined || name === undefined) return;
    const faults: Record<string, () => void> = {
      'bridge killed': () => lab.kill(),
      'bridge stopped': () => void lab.stop(),
      'server killed': () => server.kill(),
      'broker restarted': () => this.#broker.crash(dice.between(100, 20_000), dice.chance(0.5)),
      'connection cut': () => this.#broker.cut(name),
      'network slow': () => this.#broker.stall(name, dice.between(500, 15_000)),
      'network away': () => this.#broker.stall(name, dice.between(23_000, 300_000)),
      'machine used locally': () => dice.pick(lab.machines)?.useLocally(dice.between(5_000, 60_000)),
      'clock of a bridge wrong': () => lab.jumpClock(dice.between(-600_000, 600_000)),
      'clock of a server wrong': () => server.jumpClock(dice.between(-600_000, 600_000)),
    };
    const kind = dice.pick(Object.keys(faults)) ?? '';
    this.#say(`FAULT: ${kind} (${lab.lab}, ${server.name}, ${name})`);
    this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
    faults[kind]?.();
  }

  #heal(): void {
    this.#say('HEALED');
    this.#broker.calm();
    this.#people.isPatient = true;
    for (const lab of this.#labs.values()) lab.calm();
    for (const server of this.#servers) server.calm();
  }

  #isAtRest(): boolean {
    const [server] = this.#servers;
    if (!server?.isAlive || server.view.state().size < this.#log.entries.length) return false;
    const labs = [...this.#labs.values()];
    return (
      server.view.state().jobs.open.size === 0 &&
      labs.every(({ isRunning, untold }) => !isRunning && untold === 0)
    );
  }
}

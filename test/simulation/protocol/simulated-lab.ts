import { generateKeyPairSync } from 'node:crypto';
import { DatabaseSync } from '@photostructure/sqlite';
import { topics } from '#contract/mqtt-topics.ts';
import { Bridge } from '../../../firmware-bridge/bridge.ts';
import type { Prepare } from '../../../firmware-bridge/job-preparation.ts';
import { Journal, type JournalDatabase } from '../../../firmware-bridge/journal.ts';
import type { MachineConfig } from '../../../firmware-bridge/machine-config.ts';
import type { Link, LinkOptions } from '../../../firmware-bridge/mqtt-link.ts';
import { FileRefused } from '../../../firmware-bridge/server-files.ts';
import { type Signer, signerOf } from '../../../firmware-bridge/signing-key.ts';
import { hashOf, pla, plywood } from '../../server/commons/small-community.ts';
import { MACHINES as ALL_MACHINES } from '../../support/coordinated-community.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { type Dice, Life } from './life.ts';
import type { SimulatedBroker } from './simulated-broker.ts';
import { SimulatedMachine } from './simulated-machine.ts';

/** One kind of machine is enough: jobs compete for it, and there is another one in the other lab. */
const MACHINES = ALL_MACHINES.slice(0, 1);
const BAD_FILE_RATE = 0.02;
/** How often a process dies at a given effect. */
const FUSE_RATE = 0.001;

/** Ids do not depend on keys, so one for each lab serves all runs. */
const signers = new Map<string, Signer>();

function signerFor(lab: string): Signer {
  const signer = signers.get(lab) ?? signerOf(generateKeyPairSync('ed25519').privateKey);
  signers.set(lab, signer);
  return signer;
}

type Surroundings = {
  time: VirtualTime;
  dice: Dice;
  broker: SimulatedBroker;
  log: (sentence: string) => void;
};

/** A lab: machines and a journal that last, and a bridge that dies and comes back. */
export class SimulatedLab {
  readonly lab: string;
  readonly machines: readonly SimulatedMachine[];
  isCalm = false;
  readonly #around: Surroundings;
  readonly #database = new DatabaseSync(':memory:');
  #life: Life | undefined;
  #bridge: Bridge | undefined;
  #journal: Journal | undefined;

  constructor(lab: string, around: Surroundings) {
    this.lab = lab;
    this.#around = around;
    const { time, dice } = around;
    this.machines = MACHINES.map(({ machine }) => new SimulatedMachine(machine, time, dice));
    // Its tables are there before anybody can die.
    new Journal(this.#database, () => 0);
    this.#open();
  }

  get isRunning(): boolean {
    return this.#bridge?.isRunning === true;
  }

  /** Facts that the bridge still waits to have recorded. */
  get untold(): number {
    return this.#journal?.facts().length ?? 0;
  }

  machine(id: string): SimulatedMachine {
    const found = this.machines.find(({ name }) => name === id);
    if (found === undefined) throw new Error(`no machine ${id}`);
    return found;
  }

  /** `kill -9`, or the plug. */
  kill(): void {
    this.#life?.die();
  }

  /** Ends the bridge as a signal does. */
  async stop(): Promise<void> {
    const [bridge, life] = [this.#bridge, this.#life];
    await bridge?.stop();
    life?.die();
  }

  jumpClock(byMs: number): void {
    if (this.#life !== undefined) this.#life.clockOffMs += byMs;
  }

  calm(): void {
    this.isCalm = true;
    for (const machine of this.machines) machine.isCalm = true;
  }

  close(): void {
    this.isCalm = true;
    this.#database.close();
  }

  #open(): void {
    const { time, dice, broker, log } = this.#around;
    const life = new Life(time, () => !this.isCalm && dice.chance(FUSE_RATE));
    life.onDeath(() => {
      time.after(dice.between(200, dice.chance(0.1) ? 200_000 : 8_000), () => this.#open());
    });
    this.#life = life;
    const journal = new Journal(mortal(this.#database, life), life.nowMs);
    this.#journal = journal;
    const { publicKey, sign } = signerFor(this.lab);
    this.#bridge = new Bridge({
      config: {
        ...{ lab: this.lab, key: '', mqtt: '', machines: MACHINES, stock: [plywood, pla], countedAt: 5 },
      },
      ...{ journal, publicKey, sign, software: 'simulated' },
      machineFor: ({ machine }) => this.machine(machine).open(life),
      prepareFor: (config) => this.#prepareFor(config, life),
      connect: (options) => linkOver(broker, life, dice.chance(0.3), options),
      ...{ clock: life.steady, nowMs: life.nowMs, newId: dice.newId },
      onEnd: () => {},
      log: (sentence) => log(`${this.lab}: ${sentence}`),
    });
  }

  #prepareFor({ machine }: MachineConfig, life: Life): Prepare {
    const { dice } = this.#around;
    return async ({ job, execution }) => {
      const longMs = dice.chance(0.1) ? 90_000 : 2_000;
      await new Promise<void>((resolve) => void life.after(dice.between(20, longMs), resolve));
      if (!this.isCalm && dice.chance(BAD_FILE_RATE))
        throw new FileRefused('it is not the file that was announced');
      const lines = [`; ${job} ${execution}`, `G1 ${machine}`, 'M5'];
      const file = { hash: hashOf(execution), bytes: 10, mime: 'text/x.gcode' };
      return {
        program: { file, lines: lines.length, estimatedSeconds: 30 },
        loaded: { lines, planned: new Float64Array([0, 1, 2]), estimatedSeconds: 30 },
      };
    };
  }
}

/** The same database for every life; a write of the dead changes nothing, and half a transaction is rolled back. */
function mortal(database: JournalDatabase, life: Life): JournalDatabase {
  let isInTransaction = false;
  life.onDeath(() => {
    if (isInTransaction) database.exec('ROLLBACK');
  });
  const write = <Result>(work: () => Result, instead: Result): Result => {
    if (!life.survives()) return instead;
    const result = work();
    life.survives();
    return result;
  };
  return {
    close: () => {},
    exec: (sql) =>
      write(() => {
        database.exec(sql);
        isInTransaction = sql.startsWith('BEGIN');
      }, undefined),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
        run: (...values) => write(() => statement.run(...values), { changes: 0, lastInsertRowid: 0 }),
      };
    },
  };
}

/** `isHostLost`: when the process dies, its host dies with it. */
function linkOver(broker: SimulatedBroker, life: Life, isHostLost: boolean, options: LinkOptions): Link {
  const { lab, epoch } = options;
  const link = broker.join({
    id: `bridge-${lab}`,
    subscriptions: [topics.command(lab), topics.sync(lab), topics.coordinator],
    will: { topic: topics.bridge(lab), payload: Buffer.from(JSON.stringify({ v: 1, online: false, epoch })) },
    onUp: () => {
      if (!life.isDead) options.onConnect();
    },
    onDown: () => {
      if (!life.isDead) options.onDisconnect();
    },
    onMessage: (topic, payload) => {
      if (!life.isDead) options.onMessage(topic, payload);
    },
  });
  life.onDeath(() => link.abandon(isHostLost));
  const publish: Link['publish'] = (topic, message, { retain = false } = {}) => {
    if (life.survives()) link.publish(topic, Buffer.from(JSON.stringify(message)), retain);
  };
  return {
    publish,
    isConnected: () => link.isUp() && !life.isDead,
    stop: async (lastWords) => {
      if (lastWords !== undefined) publish(lastWords.topic, lastWords.message, { retain: true });
      if (!life.isDead) link.leave(true);
    },
  };
}

import { createRouting } from '../../../server/matching/routing.ts';
import type { Connection, ConnectionOptions } from '../../../server/mqtt/connection.ts';
import { createCoordinator } from '../../../server/mqtt/coordinator.ts';
import type { Coordinator } from '../../../server/mqtt/coordinator-ports.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { type Dice, Life } from './life.ts';
import type { SimulatedBroker } from './simulated-broker.ts';
import { LogView, type SimulatedLog } from './simulated-log.ts';

const FUSE_RATE = 0.001;

type Surroundings = {
  time: VirtualTime;
  dice: Dice;
  broker: SimulatedBroker;
  log: SimulatedLog;
  isShared: boolean;
  say: (sentence: string) => void;
};

/** A coordinator that dies and comes back with nothing but the log. */
export class SimulatedServer {
  isCalm = false;
  readonly name: string;
  readonly #around: Surroundings;
  #life: Life;
  #view: LogView;
  #coordinator: Coordinator;

  constructor(name: string, around: Surroundings) {
    this.name = name;
    this.#around = around;
    [this.#life, this.#view, this.#coordinator] = this.#open();
  }

  get isAlive(): boolean {
    return !this.#life.isDead;
  }

  get coordinator(): Coordinator {
    return this.#coordinator;
  }

  get view(): LogView {
    return this.#view;
  }

  kill(): void {
    this.#life.die();
  }

  jumpClock(byMs: number): void {
    this.#life.clockOffMs += byMs;
  }

  calm(): void {
    this.isCalm = true;
    this.#view.isCalm = true;
  }

  #open(): [Life, LogView, Coordinator] {
    const { time, dice, broker, log, isShared, say } = this.#around;
    const life = new Life(time, () => !this.isCalm && dice.chance(FUSE_RATE));
    const view = new LogView(log, { time, dice, life });
    view.isCalm = this.isCalm;
    const coordinator: Coordinator = createCoordinator({
      ledger: view,
      broker: { url: '', isShared },
      clock: life,
      connect: (options) => connectionOver(broker, life, dice.chance(0.3), options),
      newId: dice.newId,
      plan: (...question) =>
        createRouting(view.state(), (lab, machine) => coordinator.isOnline(lab, machine)).plan(...question),
      log: (sentence) => {
        if (!life.isDead) say(`${this.name}: ${sentence}`);
      },
    });
    life.onDeath(() => {
      const awayMs = dice.between(200, dice.chance(0.1) ? 150_000 : 6_000);
      // The embedded broker dies with its server.
      if (!isShared) broker.crash(awayMs, true);
      time.after(awayMs + 1, () => {
        [this.#life, this.#view, this.#coordinator] = this.#open();
      });
    });
    void coordinator.start();
    return [life, view, coordinator];
  }
}

function connectionOver(
  broker: SimulatedBroker,
  life: Life,
  isHostLost: boolean,
  options: ConnectionOptions,
): Connection {
  const { clientId, subscriptions, vanishing } = options;
  const link = broker.join({
    ...{ id: clientId, subscriptions },
    ...(vanishing !== undefined && { will: { topic: vanishing, payload: Buffer.alloc(0) } }),
    onUp: () => {
      if (!life.isDead) options.onConnect();
    },
    onDown: () => {
      if (!life.isDead) options.onDisconnect();
    },
    onMessage: (topic, payload, isRetained) => {
      if (!life.isDead) options.onMessage(topic, payload, isRetained);
    },
  });
  life.onDeath(() => link.abandon(isHostLost));
  const publish = (topic: string, payload: Buffer, isRetained: boolean) => {
    if (life.survives()) link.publish(topic, payload, isRetained);
  };
  return {
    publish: (topic, message, { retain = false } = {}) =>
      publish(topic, Buffer.from(JSON.stringify(message)), retain),
    clear: (topic) => publish(topic, Buffer.alloc(0), true),
    stop: async () => link.leave(false),
  };
}

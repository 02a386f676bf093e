import { randomUUID } from 'node:crypto';
import type { JobFile } from '#contract/manufacturing.ts';
import { MachineConfig } from '../../firmware-bridge/machine-config.ts';
import { commonsFold } from '../../server/commons/commons.ts';
import { placeOrder } from '../../server/commons/orders/place-order.ts';
import type { CommonsState } from '../../server/commons/state.ts';
import { createLedger, type Ledger } from '../../server/ledger/ledger.ts';
import { newLogKeys } from '../../server/ledger/log-keys.ts';
import { createRouting } from '../../server/matching/routing.ts';
import { type Broker, startBroker } from '../../server/mqtt/broker.ts';
import { COORDINATOR_USER } from '../../server/mqtt/broker-access.ts';
import { createCoordinator } from '../../server/mqtt/coordinator.ts';
import type { Coordinator, CoordinatorClock } from '../../server/mqtt/coordinator-ports.ts';
import { createMemoryStorage } from '../../server/storage/memory-storage.ts';
import { printer, router, smallCommunity } from '../server/commons/small-community.ts';
import { BOARD_FILE } from './job-files.ts';
import { BRIDGE_KEY } from './scripted-coordinator.ts';
import { until } from './until.ts';

export const BROKER_PASSWORD = 'coordinator';
export const CUTTER = {
  ...{ name: '6 mm two flutes', diameterMm: 6, feedMmPerMin: 3_000, plungeMmPerMin: 800 },
  ...{ spindleRpm: 18_000, passDepthMm: 6 },
};

/** The two machines of the small community, as their bridge's configuration has them. */
export const MACHINES: MachineConfig[] = [
  MachineConfig.parse({
    ...{ machine: 'router', name: router.name, process: 'cut', url: 'tcp://127.0.0.1:1' },
    ...{ envelope: router.envelope, materials: router.materials, simulated: true, cutter: CUTTER },
  }),
  MachineConfig.parse({
    ...{ machine: 'printer', name: printer.name, process: 'print', url: 'tcp://127.0.0.1:1' },
    ...{ envelope: printer.envelope, materials: printer.materials, simulated: true },
  }),
];

export const wallClock: CoordinatorClock = {
  nowMs: Date.now,
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A clock that runs `times` as fast, for waits of minutes. */
export function fastClock(times: number): CoordinatorClock {
  const startMs = Date.now();
  return {
    nowMs: () => startMs + (Date.now() - startMs) * times,
    after: (delayMs, call) => wallClock.after(delayMs / times, call),
  };
}

async function openLedger(): Promise<Ledger<CommonsState>> {
  return createLedger<CommonsState>({
    storage: createMemoryStorage(),
    fold: commonsFold,
    keys: newLogKeys(),
    origin: 'test.example/log',
    nowMs: Date.now,
    newId: randomUUID,
  });
}

type Ways = { consent?: 'automatic' | 'by-hand'; bedClear?: 'automatic' | 'by-hand' };

/** A real ledger with a lab, a design and a visitor; a real broker; a coordinator that can be stopped and started. */
export async function coordinatedCommunity({ consent = 'automatic', bedClear = 'automatic' }: Ways = {}) {
  const ledger = await openLedger();
  const small = smallCommunity(consent);
  await ledger.submit(() =>
    small.entries.map(({ body: { id, stream, type, data } }) => ({
      ...{ id, stream, type },
      data: type === 'lab.opened' ? { ...data, bedClear } : data,
    })),
  );
  const listen = (port: number): Promise<Broker> =>
    startBroker({
      ...{ host: '127.0.0.1', port, coordinatorPassword: BROKER_PASSWORD, log: () => {} },
      isBridgeKey: (lab, key) => lab === 'lab' && key === BRIDGE_KEY,
    });
  let broker = await listen(0);
  let coordinator: Coordinator | undefined;
  const log: string[] = [];
  const there = {
    ledger,
    log,
    brokerUrl: broker.url,
    coordinator: () => {
      if (coordinator === undefined) throw new Error('the coordinator is not started');
      return coordinator;
    },
    /** `url` names an external broker, with the coordinator's name and password in it. */
    start: async (clock: CoordinatorClock = wallClock, url?: string) => {
      coordinator = createCoordinator({
        ledger,
        broker:
          url === undefined
            ? { url: broker.url, username: COORDINATOR_USER, password: BROKER_PASSWORD, isShared: false }
            : { url, isShared: true },
        clock,
        newId: randomUUID,
        plan: createRouting(ledger.state(), (lab, machine) => coordinator?.isOnline(lab, machine) ?? false)
          .plan,
        doubtAfterMs: 50,
        log: (sentence) => log.push(sentence),
      });
      await coordinator.start();
    },
    stopCoordinator: async () => {
      await coordinator?.stop();
      coordinator = undefined;
    },
    restartBroker: async () => {
      await broker.stop();
      broker = await listen(broker.port);
    },
    stopBroker: () => broker.stop(),
    /** `plate` is the file of the print job, where a real printer is to make it. */
    order: async (plate?: JobFile): Promise<{ cut: string; print: string; order: string }> => {
      const order = randomUUID();
      const wish = small.stoolOrder(order);
      const files = wish.files.map((file, at) => (at === 0 ? BOARD_FILE : (plate ?? file)));
      await ledger.submit((state, context) => placeOrder(state, { ...wish, files }, context));
      const [cut = '', print = ''] = ledger.state().orders.get(order)?.jobs ?? [];
      return { order, cut, print };
    },
    phase: (job: string) => {
      const found = ledger.state().jobs.all.get(job);
      if (found === undefined) throw new Error(`no job ${job}`);
      return found.phase;
    },
    becomes: (job: string, wanted: string) => until(() => there.phase(job).state === wanted),
    /** Types of the entries about a job, in order. */
    story: async (job: string) => (await ledger.entriesOfStream(`job/${job}`)).map(({ body }) => body.type),
    stop: async () => {
      await coordinator?.stop();
      await broker.stop();
      await ledger.close();
    },
  };
  return there;
}
export type CoordinatedCommunity = Awaited<ReturnType<typeof coordinatedCommunity>>;

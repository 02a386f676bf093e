import { randomUUID } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import type { LedgerPort } from '../../server/commons/ledger-port.ts';
import type { CommonsState } from '../../server/commons/state.ts';
import { createRouting } from '../../server/matching/routing.ts';
import { COORDINATOR_USER } from '../../server/mqtt/broker-access.ts';
import { createCoordinator } from '../../server/mqtt/coordinator.ts';
import type { Coordinator, CoordinatorClock } from '../../server/mqtt/coordinator-ports.ts';
import { BROKER_PASSWORD, wallClock } from './coordinated-community.ts';

/** Short, so that a take-over in a test takes no longer than it must; longer than a message takes. */
const SETTLE_MS = 150;

export type BesideWish = {
  ledger: LedgerPort;
  /** Without a name in it, the embedded broker's own is used. */
  url: string;
  clock?: CoordinatorClock;
};

/** One of several coordinators on a broker, with what it logged. */
export async function coordinatorBeside({ ledger, url, clock = wallClock }: BesideWish) {
  const log: string[] = [];
  const hasName = new URL(url).username !== '';
  const coordinator: Coordinator = createCoordinator({
    ledger,
    broker: {
      ...{ url, isShared: true },
      ...(hasName ? {} : { username: COORDINATOR_USER, password: BROKER_PASSWORD }),
    },
    clock,
    newId: randomUUID,
    plan: (...question) =>
      createRouting(ledger.state(), (lab, machine) => coordinator.isOnline(lab, machine)).plan(...question),
    doubtAfterMs: 50,
    settleMs: SETTLE_MS,
    log: (sentence) => log.push(sentence),
  });
  await coordinator.start();
  return Object.assign(coordinator, { log });
}
export type CoordinatorBeside = Awaited<ReturnType<typeof coordinatorBeside>>;

/** A ledger as another process sees it: what others append shows up late, or only when it is asked for. */
export function laggingLedger(ledger: LedgerPort) {
  let seen: CommonsState = structuredClone(ledger.state());
  let isHeld = false;
  let entries: Parameters<Parameters<LedgerPort['subscribe']>[0]>[0][number][] = [];
  const listeners = new Set<Parameters<LedgerPort['subscribe']>[0]>();
  const catchUp = () => {
    if (entries.length === 0) return;
    seen = structuredClone(ledger.state());
    const news = entries;
    entries = [];
    for (const listener of listeners) listener(news);
  };
  const stop = ledger.subscribe((news) => {
    entries.push(...news);
    if (!isHeld) setTimeout(catchUp, 10);
  });
  return {
    state: () => seen,
    async submit(decide) {
      const receipt = await ledger.submit(decide);
      catchUp();
      return receipt;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async refresh() {
      catchUp();
    },
    /** From now on nothing is seen before it is asked for. */
    hold: () => {
      isHeld = true;
    },
    stop,
  } satisfies LedgerPort & { hold: () => void; stop: () => void };
}

/** A wire to a broker that can be cut while both ends live. */
export async function openWire(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isCut = false;
  let isMute = false;
  let lateMs = 0;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('data', (bytes) => {
        if (isMute && one === near) return;
        if (lateMs === 0) other.write(bytes);
        else setTimeout(() => other.write(bytes), lateMs);
      });
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `mqtt://127.0.0.1:${own}`,
    cut,
    /** Whoever connected still hears, and what it says is lost. */
    mute: () => {
      isMute = true;
    },
    /** From now on everything arrives so much later. */
    slow: (byMs: number) => {
      lateMs = byMs;
    },
    mend: () => {
      isCut = false;
      lateMs = 0;
    },
    close: async () => {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

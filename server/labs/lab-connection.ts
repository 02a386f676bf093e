import { randomBytes } from 'node:crypto';
import type { Access } from '../accounts/access.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import type { RouteNow } from '../commons/route-now.ts';
import { type Settings, urlHost } from '../config.ts';
import { AppError } from '../errors.ts';
import { routeNow } from '../matching/current-routing.ts';
import { type Broker, startBroker } from '../mqtt/broker.ts';
import { COORDINATOR_USER } from '../mqtt/broker-access.ts';
import { createCoordinator } from '../mqtt/coordinator.ts';
import type { Coordinator } from '../mqtt/coordinator-ports.ts';

/** The port that MQTT is known by (IANA). */
const MQTT_PORT_USUAL = 1883;

export interface LabConnection {
  machines: Coordinator;
  route: RouteNow;
  /** Address of the broker for bridges; `host` replaces an address that means "all of them". */
  urlFor(host: string | undefined): string;
  /** Connects the coordinator; from here on jobs are offered. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The broker, embedded or external, and the coordinator's side of it. */
export async function connectLabs(parts: {
  settings: Settings;
  access: Access;
  ledger: LedgerPort;
  newId: () => string;
  say: (sentence: string) => void;
}): Promise<LabConnection> {
  const { settings, access, ledger, newId, say } = parts;
  const password = randomBytes(32).toString('base64url');
  const broker = settings.MQTT_URL === undefined ? await embed(settings, access, password, say) : undefined;
  const local = broker === undefined ? undefined : `mqtt://${urlHost(settings.HOST)}:${broker.port}`;
  const address = settings.MQTT_URL ?? local ?? '';
  const timers = createTimers();
  // The coordinator asks the routing who is free, and the routing asks the coordinator who is there.
  let machines: Coordinator | undefined;
  const { route, plan } = routeNow(
    () => ledger.state(),
    (lab, machine) => machines?.isOnline(lab, machine) ?? false,
  );
  machines = createCoordinator({
    ledger,
    broker:
      broker === undefined
        ? { url: address, isShared: true }
        : { url: address, username: COORDINATOR_USER, password, isShared: false },
    clock: { nowMs: Date.now, after: timers.after },
    newId,
    plan,
    log: say,
  });
  const coordinator = machines;
  return {
    machines: coordinator,
    route,
    urlFor(host) {
      if (broker === undefined || host === undefined) return withoutSecrets(address);
      return `mqtt://${host}:${broker.port}`;
    },
    start: () => coordinator.start(),
    async stop() {
      await coordinator.stop();
      timers.stop();
      await broker?.stop();
    },
  };
}

/** On the port that was asked for; where none was, the usual one, or a free one when that is taken. */
async function embed(
  { HOST: host, MQTT_PORT }: Settings,
  access: Access,
  coordinatorPassword: string,
  say: (sentence: string) => void,
): Promise<Broker> {
  const isBridgeKey = (lab: string, key: string) => access.isBridge(lab, key);
  const options = { host, coordinatorPassword, isBridgeKey, log: say };
  if (MQTT_PORT !== undefined) return startBroker({ ...options, port: MQTT_PORT });
  try {
    return await startBroker({ ...options, port: MQTT_PORT_USUAL });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'mqtt.port') throw error;
    const broker = await startBroker({ ...options, port: 0 });
    say(
      `Port ${MQTT_PORT_USUAL} for MQTT is taken, so bridges connect to port ${broker.port}; MQTT_PORT chooses one.`,
    );
    return broker;
  }
}

/** Timers of the coordinator, which end with it. */
function createTimers() {
  const pending = new Set<NodeJS.Timeout>();
  return {
    after(delayMs: number, call: () => void): () => void {
      const timer = setTimeout(() => {
        pending.delete(timer);
        call();
      }, delayMs);
      pending.add(timer);
      return () => {
        pending.delete(timer);
        clearTimeout(timer);
      };
    },
    stop() {
      for (const timer of pending) clearTimeout(timer);
      pending.clear();
    },
  };
}

/** The coordinator's own name and password are nobody else's business. */
function withoutSecrets(address: string): string {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}

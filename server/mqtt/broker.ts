import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import { MQTT_PAYLOAD_BYTES_MAX } from '#contract/mqtt-topics.ts';
import { AppError } from '../errors.ts';
import { COORDINATOR_USER, clientIdOf, mayPublish, mayReceive, maySubscribe } from './broker-access.ts';

/** Deliveries at a time. aedes lets one frozen subscriber hold them all, so the drain limit below has to be short. */
const DELIVERIES_AT_A_TIME = 100;
/** After this a subscriber that does not read is dropped, and the others go on. */
const DRAIN_TIMEOUT_MS = 10_000;
/** A socket that has not said who it is by then is closed. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Messages kept for one client before it is let in. */
const WAITING_MESSAGES_MAX = 100;
/** Bounds what a crowd of sockets can cost; a lab has one. */
const CONNECTIONS_MAX = 2_000;
/** Our deepest topic has seven levels. */
const TOPIC_LEVELS_MAX = 10;
const NOT_AUTHORIZED = 5;

export type BrokerOptions = {
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** The password of the coordinator's own connection, random for every start. */
  coordinatorPassword: string;
  isBridgeKey: (lab: string, key: string) => boolean | Promise<boolean>;
  log: (sentence: string) => void;
};

export type Broker = { port: number; url: string; stop: () => Promise<void> };

/**
 * Starts the embedded broker (aedes, MQTT 3.1.1). It is a pipe and keeps nothing: the coordinator's outbox is the ledger
 * and the bridge's is its journal. Rejects with a sentence when the port is taken.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const users = new WeakMap<Client, string>();
  const userOf = (client: Client | null) => (client === null ? COORDINATOR_USER : (users.get(client) ?? ''));
  const broker = await Aedes.createBroker({
    concurrency: DELIVERIES_AT_A_TIME,
    drainTimeout: DRAIN_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    queueLimit: WAITING_MESSAGES_MAX,
    maxTopicLevels: TOPIC_LEVELS_MAX,
    authenticate: (client, username, password, done) => {
      const user = username ?? '';
      isWelcome(options, client.id, user, password?.toString('utf8') ?? '')
        .then((ok) => {
          if (!ok) return done(refusal(`${user || 'A client without a name'} gave a wrong key.`), null);
          users.set(client, user);
          done(null, true);
        })
        .catch((cause) => {
          options.log(`The key of ${user} could not be checked: ${String(cause)}`);
          done(refusal('The key could not be checked.'), null);
        });
    },
    authorizePublish: (client, packet, done) => {
      const user = userOf(client);
      if (packet.payload.length > MQTT_PAYLOAD_BYTES_MAX) {
        options.log(
          `${user} sent ${packet.payload.length} bytes to ${packet.topic}: too much, not passed on.`,
        );
        return done(new Error('payload too large'));
      }
      if (mayPublish(user, packet.topic)) return done(null);
      options.log(`${user} may not write to ${packet.topic}: not passed on.`);
      done(new Error('not allowed'));
    },
    authorizeSubscribe: (client, subscription, done) =>
      // Null grants nothing and tells the client so, without closing its connection.
      done(null, maySubscribe(userOf(client), subscription.topic) ? subscription : null),
    authorizeForward: (client, packet) => (mayReceive(userOf(client), packet.topic) ? packet : null),
  });
  broker.on('clientError', (client, cause) => options.log(`${userOf(client)} on MQTT: ${cause.message}`));
  return listen(broker, options);
}

async function listen(broker: Aedes, options: BrokerOptions): Promise<Broker> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    // Without it QoS 1 waits up to 40 ms for the peer's delayed acknowledgement.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    broker.handle(socket);
  });
  server.maxConnections = CONNECTIONS_MAX;
  const port = await bind(server, options);
  return {
    port,
    url: `mqtt://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function bind(server: Server, { host, port }: BrokerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const sentence =
        cause.code === 'EADDRINUSE'
          ? `Port ${port} for MQTT is in use on ${host}: stop the other program or set MQTT_PORT to a free port.`
          : `MQTT cannot listen on ${host}:${port} (${cause.message}): set HOST and MQTT_PORT.`;
      reject(new AppError('unavailable', sentence, { code: 'mqtt.port', cause }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function isWelcome(options: BrokerOptions, id: string, user: string, key: string): Promise<boolean> {
  if (user === COORDINATOR_USER) return isSame(key, options.coordinatorPassword);
  return id === clientIdOf(user) && (await options.isBridgeKey(user, key));
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refusal(sentence: string): AuthenticateError {
  return Object.assign(new Error(sentence), { returnCode: NOT_AUTHORIZED });
}

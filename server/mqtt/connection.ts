import { connect, type MqttClient } from 'mqtt';

/** First and only pause between attempts: a broker comes back within seconds, and there are few coordinators. */
const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_S = 15;

export type Connection = {
  /** Sends JSON with QoS 1. Without a connection nothing is kept: `hello` and `sync` tell everything anew. */
  publish: (topic: string, message: object, options?: { retain?: boolean }) => void;
  /** Takes away what was retained under a topic. */
  clear: (topic: string) => void;
  stop: () => Promise<void>;
};

export type ConnectionOptions = {
  url: string;
  clientId: string;
  username?: string;
  password?: string;
  subscriptions: readonly string[];
  /** Retained topic that the broker empties when this connection ends, however it ends. */
  vanishing?: string;
  /** `isRetained`: kept by the broker from before the subscription. */
  onMessage: (topic: string, payload: Buffer, isRetained: boolean) => void;
  /** Called after each connect, when the subscriptions stand. */
  onConnect: () => void;
  onDisconnect: () => void;
  /** Called when an attempt to connect failed; the next one follows by itself. */
  onTrouble: () => void;
  log: (sentence: string) => void;
};

/**
 * The coordinator's connection to the broker: MQTT 3.1.1, a clean session and fresh subscriptions on every connect
 * (what was missed is asked for by `hello` and `sync`, never left to the broker), QoS 1, no Nagle delay.
 */
export function openConnection(options: ConnectionOptions): Connection {
  const client = connect(options.url, {
    protocolVersion: 4,
    clean: true,
    resubscribe: false,
    // Messages are made anew after a reconnect: what mqtt.js would keep in memory is stale by then.
    queueQoSZero: false,
    reconnectPeriod: RECONNECT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepalive: KEEPALIVE_S,
    reconnectOnConnackError: true,
    clientId: options.clientId,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.vanishing === undefined
      ? {}
      : { will: { topic: options.vanishing, payload: Buffer.alloc(0), qos: 1 as const, retain: true } }),
  });
  tellOfTrouble(client, options);
  client.on('connect', () => {
    setNoDelay(client);
    client
      .subscribeAsync([...options.subscriptions], { qos: 1 })
      .then(() => options.onConnect())
      .catch((cause) => options.log(`MQTT refused a subscription: ${String(cause)}`));
  });
  client.on('message', (topic, payload, { retain }) => options.onMessage(topic, payload, retain));
  return {
    publish: (topic, message, { retain = false } = {}) => {
      if (client.connected) client.publish(topic, JSON.stringify(message), { retain, qos: 1 });
    },
    clear: (topic) => {
      if (client.connected) client.publish(topic, Buffer.alloc(0), { retain: true, qos: 1 });
    },
    stop: async () => {
      // By force, which the broker takes for a broken connection: it empties what vanishes with us.
      await client.endAsync(true);
    },
  };
}

/** One sentence for each change, not one for each attempt. */
function tellOfTrouble(client: MqttClient, { url, log, onDisconnect, onTrouble }: ConnectionOptions): void {
  let lastTrouble = '';
  let wasConnected = false;
  client.on('error', (cause) => {
    const trouble = cause.message || String(('code' in cause && cause.code) || cause);
    if (trouble !== lastTrouble)
      log(`MQTT broker ${withoutSecrets(url)}: ${trouble}. Trying again every second.`);
    lastTrouble = trouble;
    onTrouble();
  });
  client.on('connect', () => {
    lastTrouble = '';
    wasConnected = true;
  });
  client.on('close', () => {
    if (!wasConnected) return;
    wasConnected = false;
    onDisconnect();
  });
}

/** mqtt.js leaves Nagle's algorithm on, which costs QoS 1 up to 40 ms a message. */
function setNoDelay(client: MqttClient): void {
  const { stream } = client;
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true);
}

function withoutSecrets(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? 'given' : `${parsed.protocol}//${parsed.host}`;
}

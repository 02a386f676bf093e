import { connect, type MqttClient } from 'mqtt';
import { type BridgeMessage, topics } from '#contract/mqtt-topics.ts';

const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_S = 15;
/** MQTT 3.1.1 §3.2.2.3: bad user name or password, not authorised. */
const REFUSED_CODES: ReadonlySet<number> = new Set([4, 5]);
/** Two bridges of one lab push each other off the broker each second; a bad network does not close fresh connections so fast. */
const TAKEOVERS_MAX = 3;
const TAKEOVER_WINDOW_MS = 60_000;
const FRESH_MS = 3_000;

/** Why the link gave up for good: trying again would not help, a person has to act. */
export type LinkEnd = 'wrong-key' | 'taken-over';

export type LinkOptions = {
  url: string;
  lab: string;
  key: string;
  epoch: number;
  nowMs: () => number;
  /** Called after each connect, once commands can be received. */
  onConnect: () => void;
  onDisconnect: () => void;
  onMessage: (topic: string, payload: Buffer) => void;
  onEnd: (why: LinkEnd) => void;
  log: (sentence: string) => void;
};

export type Link = {
  /** QoS 1 unless said otherwise. Nothing is queued while there is no connection: `hello` tells the state anew. */
  publish: (topic: string, message: object, options?: { retain?: boolean; qos?: 0 | 1 }) => void;
  isConnected: () => boolean;
  stop: (lastWords?: { topic: string; message: object }) => Promise<void>;
};

/** Client name by which the embedded broker knows a lab's bridge: a second one of the same lab takes its place. */
const clientIdOf = (lab: string) => `bridge-${lab}`;

/** The bridge's connection: MQTT 3.1.1, clean session, retained last will, no Nagle delay, tries again every second. */
export function openLink(options: LinkOptions): Link {
  const { lab, epoch } = options;
  const will: BridgeMessage = { v: 1, online: false, epoch };
  const client = connect(options.url, {
    protocolVersion: 4,
    clean: true,
    resubscribe: false,
    queueQoSZero: false,
    reconnectPeriod: RECONNECT_MS,
    reconnectOnConnackError: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepalive: KEEPALIVE_S,
    clientId: clientIdOf(lab),
    username: lab,
    password: options.key,
    will: { topic: topics.bridge(lab), payload: Buffer.from(JSON.stringify(will)), qos: 1, retain: true },
  });
  watchTrouble(client, options);
  client.on('connect', () => {
    setNoDelay(client);
    client
      .subscribeAsync([topics.command(lab), topics.sync(lab), topics.coordinator], { qos: 1 })
      .then(() => options.onConnect())
      .catch((cause) => options.log(`MQTT refused a subscription: ${String(cause)}`));
  });
  client.on('message', (topic, payload) => options.onMessage(topic, payload));
  return {
    publish: (topic, message, { retain = false, qos = 1 } = {}) => {
      if (!client.connected) return;
      client.publish(topic, JSON.stringify(message), { retain, qos });
    },
    isConnected: () => client.connected,
    stop: async (lastWords) => {
      if (lastWords !== undefined && client.connected)
        await client.publishAsync(lastWords.topic, JSON.stringify(lastWords.message), {
          qos: 1,
          retain: true,
        });
      await client.endAsync(!client.connected);
    },
  };
}

function watchTrouble(client: MqttClient, options: LinkOptions): void {
  const { url, lab, nowMs, log } = options;
  const address = withoutSecrets(url);
  let lastTrouble = '';
  let connectedMs: number | undefined;
  let shortLives: number[] = [];
  client.on('error', (cause) => {
    const code = 'code' in cause && typeof cause.code === 'number' ? cause.code : 0;
    if (REFUSED_CODES.has(code)) {
      client.end(true);
      options.onEnd('wrong-key');
      return;
    }
    // A broker that restarts refuses connections for a moment; a twin that takes our place does not.
    shortLives = [];
    const trouble = cause.message || String(('code' in cause && cause.code) || cause);
    if (trouble !== lastTrouble)
      log(`The broker at ${address} cannot be reached (${trouble}). Trying again every second.`);
    lastTrouble = trouble;
  });
  client.on('connect', () => {
    lastTrouble = '';
    connectedMs = nowMs();
    log(`Connected to the broker at ${address} as ${lab}.`);
  });
  client.on('close', () => {
    if (connectedMs === undefined) return;
    const now = nowMs();
    if (now - connectedMs < FRESH_MS) shortLives.push(now);
    connectedMs = undefined;
    options.onDisconnect();
    shortLives = shortLives.filter((atMs) => now - atMs < TAKEOVER_WINDOW_MS);
    if (shortLives.length < TAKEOVERS_MAX) {
      if (!client.disconnecting)
        log(`The connection to the broker at ${address} was lost. Trying again every second.`);
      return;
    }
    client.end(true);
    options.onEnd('taken-over');
  });
}

function setNoDelay({ stream }: MqttClient): void {
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true);
}

function withoutSecrets(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? 'the given address' : `${parsed.protocol}//${parsed.host}`;
}

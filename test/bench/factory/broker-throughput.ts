import { connectAsync } from 'mqtt';
import { startBroker } from '../../../server/mqtt/broker.ts';
import { COORDINATOR_USER } from '../../../server/mqtt/broker-access.ts';
import { findMosquitto, startMosquitto } from '../../support/mosquitto.ts';
import type { Figure } from '../figures.ts';

const MESSAGES = 20_000;
const UNDER_WAY_MAX = 200;
const TOPIC = 'cw/v1/lab/down/cmd';
const PASSWORD = 'bench';
const PAYLOAD = Buffer.alloc(200, 'x');

/** QoS 1 from one client to another through each broker, in the same run. */
export async function brokerFigures(): Promise<Figure[]> {
  const embedded = await startBroker({
    ...{ host: '127.0.0.1', port: 0, coordinatorPassword: PASSWORD },
    ...{ isBridgeKey: () => false, log: () => {} },
  });
  const own = await throughput(embedded.url, COORDINATOR_USER);
  await embedded.stop();
  const note = `${MESSAGES} of 200 bytes, QoS 1, ${UNDER_WAY_MAX} under way, one publisher and one subscriber in one process`;
  const figures: Figure[] = [{ name: 'messages through the embedded broker', value: own, unit: '/s', note }];
  const program = findMosquitto();
  if (program === undefined) {
    process.stderr.write('mosquitto is not installed: the embedded broker is compared with nothing.\n');
    return figures;
  }
  const mosquitto = await startMosquitto(program, ['coordinator'], PASSWORD);
  const others = await throughput(mosquitto.url('coordinator'));
  await mosquitto.stop();
  return [
    ...figures,
    { name: 'messages through mosquitto', value: others, unit: '/s', note },
    { name: 'embedded broker against mosquitto', value: own / others, unit: '×', note: 'of the two above' },
  ];
}

async function throughput(url: string, username?: string): Promise<number> {
  const entrance = {
    protocolVersion: 4 as const,
    ...(username !== undefined && { username, password: PASSWORD }),
  };
  const subscriber = await connectAsync(url, { ...entrance, clientId: 'coordinator-bench-in' });
  const publisher = await connectAsync(url, { ...entrance, clientId: 'coordinator-bench-out' });
  await subscriber.subscribeAsync(TOPIC, { qos: 1 });
  const startMs = performance.now();
  await new Promise<void>((resolve) => {
    let sent = 0;
    let heard = 0;
    const send = () => {
      for (; sent < MESSAGES && sent - heard < UNDER_WAY_MAX; sent += 1)
        publisher.publish(TOPIC, PAYLOAD, { qos: 1 });
    };
    subscriber.on('message', () => {
      heard += 1;
      if (heard === MESSAGES) resolve();
      else send();
    });
    send();
  });
  const seconds = (performance.now() - startMs) / 1_000;
  await publisher.endAsync(true);
  await subscriber.endAsync(true);
  return MESSAGES / seconds;
}

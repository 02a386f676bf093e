import { connect, createServer, type Socket } from 'node:net';

/** What passes between a bridge and a controller, heard on the wire: independent of what either of them says of itself. */
export type WireEvent =
  /** The first `ok` after a job's first line. */
  | { kind: 'first-ok'; atMs: number }
  /** Feed hold and cycle start, as they pass towards the controller. */
  | { kind: 'hold' | 'resume'; atMs: number };

const FEED_HOLD = 0x21;
const CYCLE_START = 0x7e;
/** Lines of a cutting job that no query of an idle bridge looks like. */
const JOB_LINE = /^(N\d+ ?)?[GM]\d/m;

/**
 * A TCP relay in front of a controller. `expectJob` arms it: the next job line, and the `ok` that follows, are an event.
 * Times are milliseconds since 1970 on this machine's clock.
 */
export async function openWiretap(controllerPort: number, listener: (event: WireEvent) => void) {
  const sockets = new Set<Socket>();
  let watch: 'nothing' | 'job-line' | 'ok' = 'nothing';

  const server = createServer((bridge) => {
    const controller = connect(controllerPort, '127.0.0.1');
    for (const socket of [bridge, controller]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        bridge.destroy();
        controller.destroy();
      });
    }
    bridge.on('data', (bytes) => {
      const atMs = Date.now();
      if (bytes.includes(FEED_HOLD)) listener({ kind: 'hold', atMs });
      if (bytes.includes(CYCLE_START)) listener({ kind: 'resume', atMs });
      if (watch === 'job-line' && JOB_LINE.test(bytes.toString('latin1'))) watch = 'ok';
      controller.write(bytes);
    });
    controller.on('data', (bytes) => {
      if (watch === 'ok' && bytes.includes('ok')) {
        watch = 'nothing';
        listener({ kind: 'first-ok', atMs: Date.now() });
      }
      bridge.write(bytes);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the wiretap has no port');

  return {
    port: address.port,
    expectJob: () => {
      watch = 'job-line';
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

import { connect, createServer, type Socket } from 'node:net';

/** Characters that GRBL acts on at once, wherever they come, are no part of a line: `?`, `!`, `~`, 0x18 and all above 0x7f. */
function withoutRealTime(bytes: Buffer): string {
  return bytes
    .filter((byte) => byte < 0x80 && byte !== 0x18 && !'?!~'.includes(String.fromCharCode(byte)))
    .toString();
}

/** A wire between a bridge and its machine that remembers every line the bridge sent, whatever becomes of either end. */
export async function openListeningProxy(target: { host: string; port: number }) {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target.port, target.host);
    let rest = '';
    near.on('data', (bytes) => {
      far.write(bytes);
      const parts = (rest + withoutRealTime(bytes)).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts.filter((line) => line !== ''));
    });
    far.on('data', (bytes) => near.write(bytes));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `tcp://127.0.0.1:${port}`,
    /** Lines that move the machine. */
    moves: () => lines.filter((line) => /^G[0-3](?!\d)|^[XYZ]-?\d/.test(line.replace(/\s/g, ''))),
    lines,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

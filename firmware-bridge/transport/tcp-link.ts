import { connect } from 'node:net';
import type { Dial } from './link.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** Finds a machine that lost its power behind a switch that did not. */
const KEEPALIVE_MS = 5_000;

/** A machine behind a network socket (telnet port of a controller, or a serial server). */
export function tcpDial(host: string, port: number): Dial {
  return (listener) =>
    new Promise((resolve, reject) => {
      const socket = connect({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEPALIVE_MS,
      });
      let isOpen = false;
      let isLetGo = false;
      let reason = `The machine at ${host}:${port} closed the connection.`;
      const timer = setTimeout(
        () => socket.destroy(new Error('no answer within 5 seconds')),
        CONNECT_TIMEOUT_MS,
      );
      socket.on('error', (error) => {
        reason = `The connection to the machine at ${host}:${port} failed: ${error.message}.`;
      });
      socket.on('data', (bytes) => listener.onBytes(bytes));
      socket.on('close', () => {
        clearTimeout(timer);
        if (!isOpen)
          reject(new Error(`${reason} Check that it is switched on and that address and port are right.`));
        else if (!isLetGo) listener.onClosed(reason);
      });
      socket.on('connect', () => {
        clearTimeout(timer);
        isOpen = true;
        resolve({
          write: (bytes) => {
            if (!socket.destroyed) socket.write(bytes);
          },
          close: async () => {
            isLetGo = true;
            if (socket.destroyed) return;
            await new Promise<void>((done) => {
              socket.once('close', () => done());
              socket.destroySoon();
            });
          },
        });
      });
    });
}

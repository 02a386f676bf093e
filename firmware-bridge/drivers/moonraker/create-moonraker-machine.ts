import { WebSocket } from 'ws';
import type { Machine, MachineClock } from '../../machine.ts';
import type { ProgramRules } from '../untrusted-program/program-limits.ts';
import { readMoonrakerAddress } from './moonraker-address.ts';
import { MoonrakerMachine } from './moonraker-machine.ts';
import type { OpenSocket } from './rpc-link.ts';

/** A Klipper printer whose Moonraker is at `moonraker+http://host:7125?key=…`. Nothing is opened before `connect`. */
export function createMoonrakerMachine(address: string, clock: MachineClock, rules: ProgramRules): Machine {
  return new MoonrakerMachine({ address: readMoonrakerAddress(address), openSocket, fetch, clock, rules });
}

const OPENED_WITHIN_MS = 10_000;

const openSocket: OpenSocket = (url, headers, listener) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers, handshakeTimeout: OPENED_WITHIN_MS });
    let isOurs = true;
    socket.on('message', (data, isBinary) => {
      if (isOurs && !isBinary) listener.onText(String(data));
    });
    socket.once('open', () =>
      resolve({
        send: (text) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(text);
        },
        close: () => {
          isOurs = false;
          socket.terminate();
        },
      }),
    );
    socket.once('unexpected-response', (_, { statusCode }) => {
      reject(new Error(refusal(url, statusCode)));
      socket.terminate();
    });
    socket.on('error', (error) => reject(new Error(unreachable(url, error.message))));
    socket.once('close', () => {
      reject(new Error(unreachable(url, 'it closed the connection')));
      if (isOurs) listener.onClosed('Moonraker closed the connection.');
      isOurs = false;
    });
  });

function refusal(url: string, status = 0): string {
  if (status === 401)
    return 'Moonraker does not accept the key: write ?key=… with its API key in the address.';
  return `What answers at ${url} is no Moonraker (HTTP ${status}).`;
}

function unreachable(url: string, why: string): string {
  const { host } = new URL(url);
  return `Moonraker at ${host} cannot be reached (${why}): is it switched on, and is the address right?`;
}

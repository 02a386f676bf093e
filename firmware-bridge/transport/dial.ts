import type { Dial } from './link.ts';
import { serialDial } from './serial-link.ts';
import { tcpDial } from './tcp-link.ts';

const DEFAULT_BAUD = 115_200;

/**
 * The way to a machine from its address: `serial:///dev/ttyUSB0?baud=115200` or `tcp://192.168.1.20:23`.
 * Throws a sentence for anything else.
 */
export function dialFor(address: string): Dial {
  const url = URL.parse(address);
  if (url?.protocol === 'tcp:' && url.hostname !== '' && url.port !== '') {
    return tcpDial(url.hostname.replace(/^\[|\]$/g, ''), Number(url.port));
  }
  if (url?.protocol === 'serial:' && url.pathname.length > 1) {
    const baud = Number(url.searchParams.get('baud') ?? DEFAULT_BAUD);
    if (!Number.isInteger(baud) || baud <= 0)
      throw new Error(`${address}: the speed must be a whole number, as in ?baud=115200.`);
    return serialDial(decodeURIComponent(url.pathname), baud);
  }
  throw new Error(
    `${address} is not the address of a machine: write tcp://127.0.0.1:5000 or serial:///dev/ttyUSB0?baud=115200.`,
  );
}

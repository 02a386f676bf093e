import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { SerialPort } from 'serialport';

/** udev keeps a name for each adapter that does not change with the order of plugging in. */
const STABLE_NAMES = '/dev/serial/by-id';

export type PortListing = { path: string; about: string };

/**
 * Serial ports of this computer. On Linux serialport asks `udevadm`, which small systems do not have:
 * then the names under /dev/serial/by-id are read instead.
 */
export async function listSerialPorts(): Promise<PortListing[]> {
  try {
    const ports = await SerialPort.list();
    return ports.map(({ path, manufacturer, serialNumber, vendorId, productId }) => ({
      path,
      about: [manufacturer, serialNumber, vendorId && `${vendorId}:${productId ?? ''}`]
        .filter(Boolean)
        .join(', '),
    }));
  } catch {
    return listStableNames();
  }
}

async function listStableNames(): Promise<PortListing[]> {
  try {
    const names = await readdir(STABLE_NAMES);
    return await Promise.all(
      names.map(async (name) => ({
        path: join(STABLE_NAMES, name),
        about: await realpath(join(STABLE_NAMES, name)),
      })),
    );
  } catch {
    return [];
  }
}

import { HostedPrinter, type HostedPrinterOptions } from '../print-host/hosted-printer.ts';
import { keyAccess, openHttpHost } from '../print-host/http-host.ts';
import { octoprintHost } from './octoprint-host.ts';

export type OctoprintAddress = { base: string; key: string };

/** A printer behind OctoPrint. Nothing is asked before `connect`. */
export function createOctoprintMachine(
  { base, key }: OctoprintAddress,
  { fetch, ...options }: HostedPrinterOptions & { fetch: typeof globalThis.fetch },
): HostedPrinter {
  const ask = openHttpHost({ base, access: keyAccess(key), fetch, clock: options.clock });
  return new HostedPrinter(octoprintHost(ask), options);
}

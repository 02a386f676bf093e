import { HostedPrinter, type HostedPrinterOptions } from '../print-host/hosted-printer.ts';
import { keyAccess, openHttpHost } from '../print-host/http-host.ts';
import { digestAccess } from './digest-access.ts';
import { prusalinkHost } from './prusalink-host.ts';

/** Newer printers want a user and a password, older ones an API key. */
export type PrusalinkAddress = { base: string } & ({ key: string } | { user: string; password: string });

/** A printer with PrusaLink. Nothing is asked before `connect`. */
export function createPrusalinkMachine(
  address: PrusalinkAddress,
  { fetch, ...options }: HostedPrinterOptions & { fetch: typeof globalThis.fetch },
): HostedPrinter {
  const access = 'key' in address ? keyAccess(address.key) : digestAccess(address.user, address.password);
  const ask = openHttpHost({ base: address.base, access, fetch, clock: options.clock });
  return new HostedPrinter(prusalinkHost(ask), options);
}

import type { Machine, MachineClock } from '../../machine.ts';
import { HostedPrinter } from '../print-host/hosted-printer.ts';
import { keyAccess, openHttpHost } from '../print-host/http-host.ts';
import { octoprintHost } from './octoprint-host.ts';

export type OctoprintAddress = { base: string; key: string };

/** A printer behind OctoPrint. Nothing is asked before `connect`. */
export function createOctoprintMachine(
  { base, key }: OctoprintAddress,
  { fetch, clock }: { fetch: typeof globalThis.fetch; clock: MachineClock },
): Machine {
  const ask = openHttpHost({ base, access: keyAccess(key), fetch, clock });
  return new HostedPrinter(octoprintHost(ask), clock);
}

import { createOctoprintMachine } from './drivers/octoprint/create-octoprint-machine.ts';
import type { HostedPrinterOptions } from './drivers/print-host/hosted-printer.ts';
import { createPrusalinkMachine } from './drivers/prusalink/create-prusalink-machine.ts';
import type { Machine } from './machine.ts';
import { readPrintHostUrl } from './print-host-url.ts';

/** The printer behind the host that `url` names; undefined for addresses of other kinds. Throws when its key is missing. */
export function printHostMachine(
  { url, hostKey }: { url: string; hostKey?: string | undefined },
  options: HostedPrinterOptions & { fetch: typeof globalThis.fetch },
): Machine | undefined {
  const host = readPrintHostUrl(url);
  if (host === undefined) return undefined;
  const { kind, base, user } = host;
  const secret = host.secret ?? hostKey;
  if (secret === undefined)
    throw new Error(`${base} wants a key: write it as ?key=… into the address, or as "hostKey" beside it.`);
  if (kind === 'octoprint') return createOctoprintMachine({ base, key: secret }, options);
  const who = user === undefined ? { key: secret } : { user, password: secret };
  return createPrusalinkMachine({ base, ...who }, options);
}

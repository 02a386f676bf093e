/**
 * Keeps other websites from acting through a visitor's browser. Two checks, both pure:
 * the Host header must be a name that can only mean this computer when the server listens on loopback
 * (otherwise a foreign name rebound to 127.0.0.1 would count as our own origin), and a request that carries an
 * Origin must carry ours.
 */

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

export function isHostAllowed(host: string | undefined, isLocalOnly: boolean): boolean {
  if (host === undefined || host === '') return false;
  if (!isLocalOnly) return true;
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  return LOOPBACK_NAMES.has(name) || /^127(\.\d{1,3}){3}$/.test(name);
}

/** No Origin means no script of another site: browsers send it with every cross-site request that can act. */
export function isOriginOurs(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  const match = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase());
  return match?.[1] !== undefined && match[1] === host?.toLowerCase();
}

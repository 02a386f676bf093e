export type PrintHostUrl = {
  kind: 'octoprint' | 'prusalink';
  /** The host's own address, without a slash at the end. */
  base: string;
  user?: string;
  /** API key or password, where the address has one. */
  secret?: string;
};

/**
 * Reads `octoprint+http://octopi.local?key=…`, `prusalink+http://maker:password@192.0.2.7` and the like, each with https as
 * well, a port and a path. Undefined for anything else.
 */
export function readPrintHostUrl(text: string): PrintHostUrl | undefined {
  const [, kind, rest] = /^(octoprint|prusalink)\+(https?:\/\/.+)$/.exec(text) ?? [];
  const url = rest === undefined ? null : URL.parse(rest);
  if (url === null || (kind !== 'octoprint' && kind !== 'prusalink')) return undefined;
  const user = decodeURIComponent(url.username);
  const secret = url.searchParams.get('key') ?? decodeURIComponent(url.password);
  return {
    kind,
    base: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    ...(user !== '' && { user }),
    ...(secret !== '' && { secret }),
  };
}

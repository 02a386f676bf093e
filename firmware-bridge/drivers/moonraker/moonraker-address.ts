export type MoonrakerAddress = {
  /** Where files go: http or https, without a slash at the end. */
  web: string;
  socket: string;
  /** Only where Moonraker asks for one. */
  apiKey?: string;
};

const DEFAULT_PORT = '7125';

/** Reads `moonraker+http://host:7125?key=…`, or `moonraker+https`. Throws a sentence for anything else. */
export function readMoonrakerAddress(address: string): MoonrakerAddress {
  const scheme = /^moonraker\+(https?):\/\//.exec(address)?.[1];
  const url = scheme === undefined ? null : URL.parse(address.replace(/^moonraker\+/, ''));
  if (scheme === undefined || url === null || url.hostname === '')
    throw new Error(`"${address}" is no address of a Moonraker: write moonraker+http://192.168.1.20:7125.`);
  const apiKey = url.searchParams.get('key') ?? undefined;
  const isDefault = url.port === '' && scheme === 'http' && !/:80(?:[/?#]|$)/.test(address);
  const host = isDefault ? `${url.hostname}:${DEFAULT_PORT}` : url.host;
  const path = url.pathname.replace(/\/+$/, '');
  return {
    web: `${scheme}://${host}${path}`,
    socket: `${scheme === 'https' ? 'wss' : 'ws'}://${host}${path}/websocket`,
    ...(apiKey !== undefined && apiKey !== '' && { apiKey }),
  };
}

export function isMoonrakerAddress(text: string): boolean {
  try {
    return readMoonrakerAddress(text).web !== '';
  } catch {
    return false;
  }
}

import { type Client, type MoonrakerHost, MoonrakerRefused, pick } from './moonraker-host.ts';

type Params = Readonly<Record<string, unknown>>;
type Method = (host: MoonrakerHost, params: Params, client: Client | undefined) => unknown;

const SOFTWARE_VERSION = 'v0.13.0-simulated';
const MOONRAKER_VERSION = 'v0.11.0-simulated';

/** What is answered over a socket, and over HTTP under the same name with slashes. */
const METHODS: Readonly<Record<string, Method>> = {
  'server.info': (host) => ({
    klippy_connected: host.klippyState !== 'disconnected',
    klippy_state: host.klippyState,
    components: ['klippy_connection', 'file_manager', 'history', 'webhooks'],
    failed_components: [],
    registered_directories: ['gcodes'],
    warnings: [],
    websocket_count: host.clients.size,
    moonraker_version: MOONRAKER_VERSION,
    missing_klippy_requirements: [],
    api_version: [1, 5, 0],
    api_version_string: '1.5.0',
  }),
  'server.connection.identify': (_, params, client) => {
    if (client === undefined) throw new MoonrakerRefused(404, 'Not Found');
    for (const name of ['client_name', 'version', 'type', 'url']) textOf(params, name);
    if (client.isIdentified) throw new MoonrakerRefused(400, 'Connection already identified');
    client.isIdentified = true;
    return { connection_id: client.id };
  },
  'server.history.list': (host, { limit, order }) =>
    host.history.list(limit === undefined ? 50 : Number(limit), order === 'asc' ? 'asc' : 'desc'),
  'server.history.get_job': (host, params) => {
    const uid = textOf(params, 'uid');
    const job = host.history.find(uid);
    if (job === undefined) throw new MoonrakerRefused(404, `Invalid job uid: ${uid}`);
    return { job };
  },
  'server.files.list': (host) =>
    [...host.files].map(([path, { text, modified }]) => {
      return { path, modified, size: Buffer.byteLength(text), permissions: 'rw' };
    }),
  'server.files.delete_file': (host, params) => host.delete(textOf(params, 'path').replace(/^gcodes\//, '')),
  'printer.info': (host) => ({
    ...host.reached().state,
    hostname: 'simulated',
    klipper_path: '/opt/klipper',
    python_path: '/usr/bin/python3',
    process_id: process.pid,
    software_version: SOFTWARE_VERSION,
    cpu_info: 'simulated',
  }),
  'printer.objects.list': (host) => ({ objects: Object.keys(host.reached().objects) }),
  'printer.objects.query': (host, params) => status(host, watchedOf(params)),
  'printer.objects.subscribe': (host, params, client) => {
    const watched = watchedOf(params);
    const answer = status(host, watched);
    if (client !== undefined) client.watched = watched;
    return answer;
  },
  'printer.gcode.script': (host, params) => done(() => host.reached().script(textOf(params, 'script'))),
  'printer.print.start': (host, params) => {
    const name = textOf(params, 'filename');
    return done(() => host.reached().script(`SDCARD_PRINT_FILE FILENAME="${name}"`));
  },
  'printer.print.pause': (host) => done(() => host.reached().pause()),
  'printer.print.resume': (host) => done(() => host.reached().resume()),
  'printer.print.cancel': (host) => done(() => host.reached().cancel()),
  'printer.emergency_stop': (host) => done(() => host.reached().shutdown('Shutdown due to webhooks request')),
  'printer.restart': (host) => done(() => host.reached().restart()),
  'printer.firmware_restart': (host) => done(() => host.reached().restart()),
};

export function methodNamed(name: string): Method {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (method === undefined) throw new MoonrakerRefused(404, 'Method not found');
  return method;
}

function done(work: () => void): 'ok' {
  work();
  return 'ok';
}

function status(host: MoonrakerHost, watched: Client['watched']): object {
  const klipper = host.reached();
  return { eventtime: klipper.eventTime(), status: pick(klipper.objects, watched) };
}

function watchedOf({ objects }: Params): Client['watched'] {
  if (typeof objects !== 'object' || objects === null)
    throw new MoonrakerRefused(400, "Invalid argument 'objects'");
  return Object.fromEntries(
    Object.entries(objects).map(([name, fields]) => [
      name,
      Array.isArray(fields) ? fields.map(String) : null,
    ]),
  );
}

function textOf(params: Params, name: string): string {
  const value = params[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new MoonrakerRefused(400, `No data for argument: ${name}`);
}

import { parseArgs } from 'node:util';
import { z } from 'zod';
import { flags, forms } from './command-forms.ts';
import { AppError } from './errors.ts';

/**
 * The only reader of the environment and of the command line. What each setting means stands in its description,
 * and `--help` prints these descriptions: there is no second manual.
 */

const Port = z.coerce.number().int().min(0).max(65_535);
const Url = z.url({ protocol: /^mqtts?$/ });

export const Settings = z.object({
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .describe('Folder of everything that is kept: ledger, files, keys. Copy it while the server is stopped.'),
  PRIVATE_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of the secrets: the keys that sign the ledger and the key for commands. DATA_DIR/private when nothing ' +
        'is said. Servers that share a ledger need the same content in it.',
    ),
  PORT: Port.default(8080).describe('Port of the page and of the web interface; 0 takes a free one.'),
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe(
      'Address to listen on. On 127.0.0.1 whoever sits at this computer may act; on any other address every ' +
        'command needs the key that the first start prints.',
    ),
  MQTT_PORT: Port.optional().describe(
    'Port of the embedded MQTT broker, on HOST. 1883 when nothing is said, or a free one when that is taken.',
  ),
  MQTT_URL: Url.optional().describe(
    'Use this MQTT broker instead of the embedded one, e.g. mqtt://name:password@broker.example:1883. ' +
      'Its access rules are yours: a lab writes cw/v1/{lab}/up/# and reads cw/v1/{lab}/down/# and cw/v1/coord/state; ' +
      'the server reads and writes cw/v1/#. Several servers with the same one share the work.',
  ),
  MONGODB_URL: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/[^\s/]+/, 'an address begins with mongodb:// or mongodb+srv:// and a host')
    .optional()
    .describe(
      'Keep ledger and files in this MongoDB server or replica set instead of in DATA_DIR, e.g. ' +
        'mongodb://one.example,two.example/commonwright?replicaSet=rs0. DATA_DIR then holds the keys. ' +
        'Servers on several hosts may share it, with the same MQTT_URL and the same content in PRIVATE_DIR.',
    ),
  WITNESSES: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File that names who watches this ledger, as a C2SP tlog-policy: lines "witness NAME KEY URL", "group" and ' +
        '"quorum". They are asked to cosign every checkpoint, and the server signs nothing that contradicts what they have seen.',
    ),
  WITNESS_FOR: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File that names the ledgers that this server watches for others, as a C2SP tlog-policy: lines "log KEY" and ' +
        '"quorum none". They send their checkpoints to /witness/add-checkpoint.',
    ),
  WITNESS_NAME: z
    .string()
    .regex(/^[^\s+]+$/, 'a name without spaces and plus signs')
    .max(120)
    .optional()
    .describe(
      'Name under which this server cosigns, a web address without https://, e.g. atelier.example/witness.',
    ),
  COMMUNITY_NAME: z
    .string()
    .min(1)
    .max(120)
    .default('Open workshop')
    .describe('Name of the community that a first start founds.'),
  LOCAL_NAME: z
    .string()
    .min(1)
    .max(120)
    .default('You')
    .describe(
      'Public name of the person who acts on this server, as the first start writes it into the ledger.',
    ),
  DEMO_SPEED: z.coerce
    .number()
    .min(1)
    .max(2_000)
    .optional()
    .describe(
      'How many times faster than life the simulated machines run: 12 for start, where one watches, 400 for demo.',
    ),
  DEMO_PAUSE_SECONDS: z.coerce
    .number()
    .min(1)
    .max(86_400)
    .default(20)
    .describe(
      'How long the demonstration rests while somebody watches and nothing runs, before it orders again.',
    ),
  DEMO_ORDERS_PER_DAY: z.coerce
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(200)
    .describe(
      'The most orders that the demonstration places in 24 hours, so that the ledger does not grow for ever.',
    ),
  DEBUG: z.enum(['0', '1']).default('0').describe('1 prints the stack of an error that nobody foresaw.'),
});
export type Settings = z.infer<typeof Settings>;

export type Command =
  | { kind: 'start'; settings: Settings; isEmpty: boolean }
  | { kind: 'demo'; settings: Settings; folder: string | undefined; asJson: boolean; hasDataDir: boolean }
  | { kind: 'keys-rotate'; settings: Settings }
  | {
      kind: 'verify';
      place: string;
      verifierKey: string | undefined;
      policyFile: string | undefined;
      sinceFile: string | undefined;
      withSignatures: boolean;
      asJson: boolean;
    }
  | { kind: 'mirror'; url: string; folder: string; verifierKey: string | undefined }
  | { kind: 'backup'; settings: Settings; folder: string; withKeys: boolean }
  | {
      kind: 'restore';
      settings: Settings;
      folder: string;
      checkpointFile: string | undefined;
      isReadOnly: boolean;
    }
  | {
      kind: 'export';
      settings: Settings;
      from: string | undefined;
      folder: string;
      since: number;
      verifierKey: string | undefined;
    }
  | {
      kind: 'import';
      settings: Settings;
      folder: string;
      verifierKey: string | undefined;
      isVerifying: boolean;
    }
  | { kind: 'design-check'; folder: string }
  | { kind: 'okw-check'; file: string }
  | { kind: 'design-publish'; folder: string; url: string; key: string | undefined }
  | { kind: 'help' };

/** Reads the command line and the environment; a wrong setting is a sentence that names it. */
export function readCommand(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Command {
  const { values, positionals } = parse(argv);
  if (values.help === true) return { kind: 'help' };
  const [name = 'start', ...rest] = positionals;
  const asJson = values.json === true;
  switch (name) {
    case 'start':
      refuseMore(rest);
      return { kind: 'start', settings: readSettings(env), isEmpty: values.empty === true };
    case 'demo': {
      const [folder, ...more] = rest;
      refuseMore(more);
      const settings = readSettings(env);
      return { kind: 'demo', settings, folder, asJson, hasDataDir: (env.DATA_DIR ?? '') !== '' };
    }
    case 'verify': {
      const [place, ...more] = rest;
      refuseMore(more);
      return {
        kind: 'verify',
        place: webAddressOrFolder(place),
        ...{ verifierKey: values.key, policyFile: values.policy, sinceFile: values.since },
        ...{ withSignatures: values['no-signatures'] !== true, asJson },
      };
    }
    case 'mirror': {
      const [url, folder, ...more] = rest;
      refuseMore(more);
      return { kind: 'mirror', url: webAddress(url), folder: folderName(folder), verifierKey: values.key };
    }
    case 'backup':
    case 'restore':
    case 'export':
    case 'import':
      return copyCommand(name, rest, values, readSettings(env));
    case 'keys': {
      const [verb, ...more] = rest;
      refuseMore(more);
      if (verb === 'rotate') return { kind: 'keys-rotate', settings: readSettings(env) };
      throw new AppError('bad-input', 'Say what to do with the keys: commonwright keys rotate.');
    }
    case 'okw':
      return okwCommand(rest);
    case 'design': {
      return designCommand(rest, values.key);
    }
    default:
      throw new AppError('bad-input', `There is no command "${name}"; commonwright --help lists them.`);
  }
}

function copyCommand(
  kind: 'backup' | 'restore' | 'export' | 'import',
  words: readonly string[],
  values: ReturnType<typeof parse>['values'],
  settings: Settings,
): Command {
  const [first, second, ...others] = words;
  const hasSource = kind === 'export' && second !== undefined;
  refuseMore(hasSource || second === undefined ? others : [second]);
  const folder = folderName(hasSource ? second : first);
  const from = hasSource ? first : undefined;
  const common = { settings, folder, verifierKey: values.key };
  switch (kind) {
    case 'backup':
      return { kind, settings, folder, withKeys: values['with-keys'] === true };
    case 'restore':
      return {
        ...{ kind, settings, folder },
        ...{ checkpointFile: values.checkpoint, isReadOnly: values['read-only'] === true },
      };
    case 'export':
      return { kind, ...common, since: entryIndex(values.since ?? '0'), from };
    case 'import':
      return { kind, ...common, isVerifying: values.verify === true };
  }
}

function folderName(word: string | undefined): string {
  if (word === undefined)
    throw new AppError('bad-input', 'Say which folder; commonwright --help shows the forms.');
  return word;
}

function entryIndex(text: string): number {
  const index = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(index))
    throw new AppError(
      'bad-input',
      `--since takes the index of an entry, a whole number; it is "${text}" now.`,
    );
  return index;
}

function okwCommand([verb, file]: readonly string[]): Command {
  if (verb !== 'check' || file === undefined)
    throw new AppError('bad-input', 'Say which file of facilities to read: commonwright okw check FILE.', {
      code: 'config.okw',
    });
  return { kind: 'okw-check', file };
}

function designCommand(words: readonly string[], key: string | undefined): Command {
  const [verb, folder, url, ...more] = words;
  refuseMore(more);
  if (verb === 'publish' && folder !== undefined)
    return { kind: 'design-publish', folder, url: webAddress(url), key };
  if (verb !== 'check' || folder === undefined)
    throw new AppError(
      'bad-input',
      'Say what to do with which design: commonwright design check FOLDER, or design publish FOLDER URL.',
    );
  refuseMore(url === undefined ? [] : [url]);
  return { kind: 'design-check', folder };
}

/** The manual: commands, flags and every setting with its default. */
export function manual(): string {
  const lines = ['Commonwright coordinates micro-factories that make open designs.', '', 'Commands'];
  for (const [form, meaning] of forms) lines.push(`  ${form.padEnd(38)} ${meaning}`);
  lines.push('', 'Flags');
  for (const [flag, { description }] of Object.entries(flags))
    lines.push(`  ${`--${flag}`.padEnd(38)} ${description}`);
  lines.push('', 'Settings, from the environment');
  for (const [name, schema] of Object.entries(Settings.shape)) {
    const initial = schema.safeParse(undefined).data;
    lines.push(`  ${name}${initial === undefined ? '' : ` (${initial})`}`);
    lines.push(...wrap(schema.description ?? '', 96).map((line) => `      ${line}`));
  }
  return lines.join('\n');
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags, allowPositionals: true });
  } catch (cause) {
    const words = cause instanceof Error ? cause.message.split('. ')[0] : String(cause);
    throw new AppError('bad-input', `${words}; commonwright --help lists what can be said.`, { cause });
  }
}

function readSettings(env: NodeJS.ProcessEnv): Settings {
  // An empty variable means "not set", as in every shell script that clears one.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = Settings.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? 'a setting');
  throw new AppError('bad-input', `${name} is not usable: ${issue?.message}. It is "${given[name]}" now.`);
}

function webAddress(text: string | undefined): string {
  if (text === undefined || !/^https?:/.test(text) || !URL.canParse(text))
    throw new AppError(
      'bad-input',
      'Say which server is meant by its web address, e.g. http://127.0.0.1:8080.',
    );
  return new URL(text).href.replace(/\/+$/, '');
}

/** Anything that is no web address is the name of a folder. */
function webAddressOrFolder(text: string | undefined): string {
  return text === undefined || text === '' || /^[a-z]+:\/\//i.test(text) ? webAddress(text) : text;
}

function refuseMore(rest: readonly string[]): void {
  if (rest[0] !== undefined)
    throw new AppError(
      'bad-input',
      `"${rest[0]}" is one word too many; commonwright --help shows the forms.`,
    );
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Whether only this computer can reach the address. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** How an address is written in a URL that a person on this computer can open. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

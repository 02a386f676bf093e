import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Slug, StockLot } from '#contract/manufacturing.ts';
import { TimeMs } from '#contract/quantities.ts';
import { SimulatedFirmware } from './drivers/simulator/simulated-firmwares.ts';
import { MachineConfig } from './machine-config.ts';

/**
 * The only reader of the bridge's environment and command line. Later sources win: the file named by --config,
 * then CW_BRIDGE_* variables, then flags. What a setting means stands in its description; `--help` prints it.
 */

export const BridgeConfig = z.strictObject({
  server: z
    .url({ protocol: /^https?$/ })
    .describe("Web address of the lab's server, e.g. http://127.0.0.1:8080; job files come from there."),
  mqtt: z
    .url({ protocol: /^(mqtt|mqtts|ws|wss)$/ })
    .describe(
      "Address of the server's MQTT broker, e.g. mqtt://127.0.0.1:1883; the page of the lab shows it.",
    ),
  lab: Slug.describe('Id of the lab, as it was opened on the server.'),
  key: z.string().min(1).describe('Bridge key of the lab: the server shows it once, when the lab is opened.'),
  data: z
    .string()
    .min(1)
    .describe('Folder of the journal, the signing key and fetched files; one for each bridge.'),
  machines: z.array(MachineConfig).min(1).max(50).describe('The machines, in the file of --config only.'),
  stock: z.array(StockLot).max(100).default([]).describe('Sheets and spools in the lab, in the file only.'),
  countedAt: TimeMs.default(0).describe(
    'When the stock was counted; the server takes it over when it is newer.',
  ),
});
export type BridgeConfig = z.infer<typeof BridgeConfig>;

/** A setting or an argument that cannot be used; the message is for the person who wrote it. */
export class ConfigRefused extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'ConfigRefused';
  }
}

export type BridgeCommand =
  | { kind: 'run'; config: BridgeConfig }
  | { kind: 'simulate'; controller: SimulatedFirmware; args: string[] }
  | { kind: 'ports' }
  | { kind: 'help'; of: 'everything' | 'simulate' };

const FLAGS = {
  config: { type: 'string' },
  server: { type: 'string' },
  mqtt: { type: 'string' },
  lab: { type: 'string' },
  key: { type: 'string' },
  data: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const SETTINGS = ['server', 'mqtt', 'lab', 'key', 'data'] as const;

/** Reads what the person asked for; throws `ConfigRefused` with one sentence that names the setting. */
export function readBridgeCommand(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): BridgeCommand {
  const [verb, ...rest] = argv;
  if (verb === 'simulate') {
    if (rest.includes('--help')) return { kind: 'help', of: 'simulate' };
    const [name, ...args] = rest;
    const controller = SimulatedFirmware.safeParse(name).data;
    if (controller !== undefined) return { kind: 'simulate', controller, args };
    const names = SimulatedFirmware.options.join(', ');
    throw new ConfigRefused(
      `Say what to simulate (${names}): commonwright-bridge simulate grbl --port 5000.`,
    );
  }
  if (verb === 'ports') return { kind: 'ports' };
  const { values, positionals } = parse(argv);
  if (values.help === true) return { kind: 'help', of: 'everything' };
  const [word] = positionals.filter((positional) => positional !== 'run');
  if (word !== undefined)
    throw new ConfigRefused(`There is no command "${word}"; commonwright-bridge --help lists them.`);
  return { kind: 'run', config: readConfig(values, env) };
}

function readConfig(values: ReturnType<typeof parse>['values'], env: NodeJS.ProcessEnv): BridgeConfig {
  const path = values.config ?? env.CW_BRIDGE_CONFIG;
  if (path === undefined || path === '')
    throw new ConfigRefused(
      'Name the file that describes the machines: commonwright-bridge --config lab.json.',
    );
  const settings = { ...readConfigFile(path) };
  for (const name of SETTINGS) {
    const given = values[name] ?? env[`CW_BRIDGE_${name.toUpperCase()}`];
    if (given !== undefined && given !== '') settings[name] = given;
  }
  const result = BridgeConfig.safeParse(settings);
  if (!result.success) {
    const [issue] = result.error.issues;
    const name = issue?.path.join('.') || 'the file';
    throw new ConfigRefused(`In ${path}, ${name} is not usable: ${issue?.message ?? 'unknown'}.`);
  }
  const names = result.data.machines.map(({ machine }) => machine);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigRefused(`In ${path}, two machines are called ${twice}.`);
  // A relative data folder lies beside the file, wherever the bridge is started from.
  const data =
    values.data === undefined ? resolve(dirname(path), result.data.data) : resolve(result.data.data);
  return { ...result.data, data };
}

function readConfigFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigRefused(
      `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
    );
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw new ConfigRefused(`${path} is not a JSON object: check its commas and quotation marks.`);
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
  } catch (cause) {
    const words = cause instanceof Error ? cause.message.split('. ')[0] : String(cause);
    throw new ConfigRefused(`${words}; commonwright-bridge --help lists what can be said.`);
  }
}

export function bridgeManual(): string {
  const lines = [
    'commonwright-bridge connects the machines of one lab to its server.',
    '',
    '  commonwright-bridge --config lab.json         run; Ctrl-C ends it',
    '  commonwright-bridge simulate grbl --port N    a simulated router on a TCP port; --help tells what else',
    '  commonwright-bridge ports                     list serial ports',
    '',
    'Settings of the file; the first five also as flags (--server) or variables (CW_BRIDGE_SERVER)',
  ];
  for (const [name, schema] of Object.entries(BridgeConfig.shape))
    lines.push(`  ${name.padEnd(10)} ${schema.description ?? ''}`);
  return lines.join('\n');
}

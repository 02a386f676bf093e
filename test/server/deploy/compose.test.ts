import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCommand, Settings } from '../../../server/config.ts';

const folder = fileURLToPath(new URL('../../../server/deploy/', import.meta.url));
const text = readFileSync(join(folder, 'compose.yaml'), 'utf8');
const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));

/** Lines that are indented below the one line that is `head`. */
function below(head: string, among = lines): string[] {
  const at = among.indexOf(head);
  const depth = head.search(/\S/);
  const rest = among.slice(at + 1);
  const end = rest.findIndex((line) => line.search(/\S/) <= depth);
  return at < 0 ? [] : rest.slice(0, end < 0 ? rest.length : end);
}

const namesIn = (block: readonly string[]) =>
  block.flatMap((line) => /^ {2}([a-z][a-z0-9]*):/.exec(line)?.[1] ?? []);

/** As a shell with these variables would fill them in. */
const filled = (value: string) =>
  value
    .replace(/\$\{MQTT_PASSWORD:\?[^}]*\}/, 'secret')
    .replace(/\$\{\w+:-([^}]*)\}/, '$1')
    .replace(/^"(.*)"$/, '$1');

describe('the compose file', () => {
  it('gives the servers settings that exist and that they take', () => {
    const settings = below('  environment:', below('x-coordinator: &coordinator')).map((line) => {
      const [, name = '', value = ''] = /^ {4}(\w+): (.*)$/.exec(line) ?? [];
      return [name, filled(value)] as const;
    });
    expect(settings.map(([name]) => name).filter((name) => !(name in Settings.shape))).toEqual([]);
    const command = readCommand(['start'], Object.fromEntries(settings));
    expect(command).toMatchObject({
      kind: 'start',
      settings: { HOST: '0.0.0.0', PORT: 8080, PRIVATE_DIR: '/secrets', COMMUNITY_NAME: 'Open workshop' },
    });
    // What makes them several servers of one ledger.
    expect(Object.keys(Object.fromEntries(settings))).toEqual(
      expect.arrayContaining(['MONGODB_URL', 'MQTT_URL', 'PRIVATE_DIR']),
    );
  });

  it('builds from and mounts only files that are there, and names only what it declares', () => {
    const mounted = [...text.matchAll(/- (\.\/[\w.-]+):/g)].map(([, file = '']) => join(folder, file));
    const dockerfile = join(folder, '../..', /dockerfile: (\S+)/.exec(text)?.[1] ?? 'missing');
    const context = join(folder, /context: (\S+)/.exec(text)?.[1] ?? 'missing');
    expect(mounted).toHaveLength(2);
    expect(
      [...mounted, dockerfile, join(context, 'package.json')].filter((file) => !existsSync(file)),
    ).toEqual([]);
    const volumes = namesIn(below('volumes:'));
    const used = [...text.matchAll(/["\s]([a-z]+\d?):\/[a-z]/g)].map(([, name]) => name);
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !volumes.includes(name ?? ''))).toEqual([]);
    const networks = namesIn(below('networks:'));
    const joined = [...text.matchAll(/networks: \[(.*)\]/g)].flatMap(([, names = '']) => names.split(', '));
    expect(joined.filter((name) => !networks.includes(name))).toEqual([]);
  });

  it('lets both servers share secrets, and waits for services that it has', () => {
    const services = namesIn(below('services:'));
    expect(services).toEqual(['mongo1', 'mongo2', 'mongo3', 'broker', 'coordinator1', 'coordinator2']);
    expect(text.match(/"secrets:\/secrets"/g)).toHaveLength(2);
    const awaited = [
      ...[...text.matchAll(/depends_on: \[(.*)\]/g)].flatMap(([, names = '']) => names.split(', ')),
      ...[...text.matchAll(/^ {4}(\w+):\n {6}condition:/gm)].map(([, name = '']) => name),
    ];
    expect(awaited.filter((name) => !services.includes(name))).toEqual([]);
    expect(lines.filter((line) => line.includes('\t') || line.search(/\S/) % 2 === 1)).toEqual([]);
  });

  it('builds an image that runs a command of the program', () => {
    const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
    const [, program = 'missing'] = /"node", (?:"--[^"]+", )*"([^"-][^"]*)"/.exec(dockerfile) ?? [];
    expect(existsSync(join(dirname(dirname(folder)), program))).toBe(true);
    for (const [, name = ''] of dockerfile.matchAll(/\b([A-Z_]+)=\S/g))
      expect(Settings.shape).toHaveProperty(name);
  });
});

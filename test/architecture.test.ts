import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const LINES_MAX = 400;

/**
 * Which rooms a room may import besides itself. A room stands only on rooms named before it, so there are no cycles;
 * the first matching prefix decides what room a file is in. Nothing but the commands imports `main.ts`.
 */
const mayImport: readonly (readonly [room: string, from: readonly string[]])[] = [
  ['server/errors.ts', []],
  ['server/private-file.ts', []],
  ['server/command-forms.ts', []],
  ['server/config.ts', ['server/command-forms.ts', 'server/errors.ts']],
  ['server/contract', []],
  ['server/verification', ['server/contract']],
  ['server/commons', ['server/contract', 'server/errors.ts']],
  ['server/storage', ['server/contract', 'server/errors.ts']],
  ['server/ledger', ['server/contract', 'server/storage', 'server/private-file.ts', 'server/errors.ts']],
  ['server/witness', ['server/contract', 'server/storage', 'server/ledger', 'server/errors.ts']],
  [
    'server/copies',
    [
      ...['server/contract', 'server/commons', 'server/storage', 'server/ledger', 'server/witness'],
      'server/errors.ts',
    ],
  ],
  ['server/matching', ['server/contract', 'server/commons']],
  ['server/geometry', ['server/contract', 'server/errors.ts']],
  ['server/accounts', ['server/contract', 'server/private-file.ts', 'server/errors.ts']],
  ['server/mqtt', ['server/contract', 'server/commons', 'server/ledger', 'server/errors.ts']],
  ['server/http', ['server/contract', 'server/accounts', 'server/errors.ts']],
  ['server/live', ['server/contract', 'server/commons']],
  [
    'server/community',
    [
      ...['server/contract', 'server/commons', 'server/storage', 'server/ledger', 'server/accounts'],
      'server/errors.ts',
    ],
  ],
  ['server/publishing', ['server/contract', 'server/commons', 'server/geometry', 'server/errors.ts']],
  [
    'server/ordering',
    ['server/contract', 'server/commons', 'server/geometry', 'server/publishing', 'server/errors.ts'],
  ],
  [
    'server/labs',
    [
      ...['server/contract', 'server/commons', 'server/matching', 'server/accounts', 'server/mqtt'],
      ...['server/config.ts', 'server/errors.ts'],
    ],
  ],
  [
    'server/demonstration',
    [
      ...['server/contract', 'server/commons', 'server/mqtt', 'server/publishing', 'server/ordering'],
      ...['server/labs', 'server/errors.ts'],
    ],
  ],
  [
    'server/startup',
    [
      ...[
        'server/contract',
        'server/commons',
        'server/accounts',
        'server/mqtt',
        'server/http',
        'server/live',
      ],
      ...['server/community', 'server/publishing', 'server/ordering', 'server/labs', 'server/errors.ts'],
    ],
  ],
  [
    'server/main.ts',
    [
      'server/contract',
      ...['server/storage', 'server/ledger', 'server/geometry', 'server/accounts', 'server/live'],
      ...['server/community', 'server/publishing', 'server/ordering', 'server/labs'],
      ...['server/demonstration', 'server/startup', 'server/witness', 'server/config.ts'],
    ],
  ],
  [
    'server/commands',
    [
      ...['server/contract', 'server/storage', 'server/ledger', 'server/geometry', 'server/publishing'],
      ...['server/witness', 'server/copies', 'server/startup', 'server/verification'],
      'server/commons',
      ...['server/config.ts', 'server/errors.ts', 'server/main.ts'],
    ],
  ],
  ['server/cli.ts', ['server/commands', 'server/config.ts', 'server/errors.ts']],
  ['server/commonwright.js', ['server/cli.ts']],
  ['firmware-bridge', ['server/contract']],
  // The verifier that runs beside the page, in a worker of its own.
  ['web/ledger/whole-log', ['server/contract', 'server/verification', 'server/commons', 'server/errors.ts']],
  ['web', ['server/contract']],
  ['designs', []],
];

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((item) => {
    const path = `${folder}/${item.name}`;
    if (item.isDirectory())
      return item.name === 'dist' || item.name === 'node_modules' ? [] : sourceFiles(path);
    return /\.(ts|tsx|js)$/.test(item.name) && !item.name.endsWith('.d.ts') ? [path] : [];
  });
}

function importsOf(path: string): { specifier: string; file: string | undefined }[] {
  const text = readFileSync(join(root, path), 'utf8');
  const { module } = parseSync(path, text);
  return module.staticImports
    .map((item) => item.moduleRequest.value)
    .concat(
      module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
        const written = /^'([^']+)'$/.exec(text.slice(start, end))?.[1];
        return written === undefined ? [] : [written];
      }),
      module.staticExports.flatMap((item) =>
        item.entries.flatMap((entry) => (entry.moduleRequest ? [entry.moduleRequest.value] : [])),
      ),
    )
    .map((specifier) => ({ specifier, file: resolve(path, specifier) }));
}

function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('#contract/')) return specifier.replace('#contract/', 'server/contract/');
  if (specifier.startsWith('.')) return relative(root, normalize(join(root, dirname(from), specifier)));
  return undefined;
}

const roomOf = (path: string) => mayImport.find(([room]) => path === room || path.startsWith(`${room}/`));
const sources = ['server', 'firmware-bridge', 'web', 'designs'].flatMap(sourceFiles);

describe('the house', () => {
  it('lets each room import only the rooms below it', () => {
    const leaks = sources.flatMap((path) => {
      const [room, allowed] = roomOf(path) ?? ['', []];
      return importsOf(path).flatMap(({ file }) => {
        if (file === undefined || file.startsWith(`${room}/`) || file === room) return [];
        return allowed.some((other) => file === other || file.startsWith(`${other}/`))
          ? []
          : [`${path} -> ${file}`];
      });
    });
    expect(leaks).toEqual([]);
  });

  it('stands each room only on rooms that stand already, and knows every room', () => {
    const order = mayImport.map(([room]) => room);
    const floating = mayImport.flatMap(([room, from]) =>
      from
        .filter((other) => !order.slice(0, order.indexOf(room)).includes(other))
        .map((other) => `${room} -> ${other}`),
    );
    expect(floating).toEqual([]);
    expect(sources.filter((path) => roomOf(path) === undefined)).toEqual([]);
  });

  it('lets the contract import nothing but zod', () => {
    const outside = sources
      .filter((path) => path.startsWith('server/contract/'))
      .flatMap((path) =>
        importsOf(path).flatMap(({ specifier, file }) =>
          file === undefined && specifier !== 'zod' ? [`${path} -> ${specifier}`] : [],
        ),
      );
    expect(outside).toEqual([]);
  });

  it('keeps three.js in one room, and fetch and sockets in one file of the page and one of its worker', () => {
    const web = sources.filter((path) => path.startsWith('web/'));
    const three = web.filter(
      (path) =>
        !path.startsWith('web/three/') &&
        importsOf(path).some(({ specifier }) => /^three(\/|$)/.test(specifier)),
    );
    const links = web.filter((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      if (path === 'web/server-link.ts') return false;
      // The worker reads the public log by itself: the page's link would bring the socket into it.
      if (path === 'web/ledger/whole-log/log-source.ts') return /socket\.io-client/.test(text);
      return /\bfetch\(|socket\.io-client/.test(text);
    });
    expect({ three, links }).toEqual({ three: [], links: [] });
  });

  it('keeps the verifier of the whole ledger in its worker: the page knows its messages and its arithmetic', () => {
    const known = ['messages.ts', 'arithmetic.ts'].map((name) => `web/ledger/whole-log/${name}`);
    const leaks = sources
      .filter((path) => path.startsWith('web/') && !path.startsWith('web/ledger/whole-log/'))
      .flatMap((path) =>
        importsOf(path).flatMap(({ file }) =>
          file?.startsWith('web/ledger/whole-log/') && !known.includes(file) ? [`${path} -> ${file}`] : [],
        ),
      );
    expect(leaks).toEqual([]);
  });

  it('keeps the rules of the commons and the verifier free of clocks, chance and I/O', () => {
    const impure = sources
      .filter((path) => /^server\/(commons|matching|verification)\//.test(path))
      .filter((path) =>
        /Date\.now|new Date\(\)|Math\.random|from 'node:|randomUUID/.test(
          readFileSync(join(root, path), 'utf8'),
        ),
      );
    expect(impure).toEqual([]);
  });

  it('reads the environment in one file a program', () => {
    const readers = sources.filter((path) => /process\.env/.test(readFileSync(join(root, path), 'utf8')));
    expect(
      readers.filter((path) => !['server/config.ts', 'firmware-bridge/config.ts'].includes(path)),
    ).toEqual([]);
  });

  it('has no file that nobody could hold in the head', () => {
    const long = [...sources, ...sourceFiles('test')].flatMap((path) => {
      const lines = readFileSync(join(root, path), 'utf8').split('\n').length - 1;
      return lines > LINES_MAX ? [`${path}: ${lines} lines`] : [];
    });
    expect(long).toEqual([]);
  });

  it('leaves no unfinished work behind in its words', () => {
    const words = /\b(TODO|FIXME|XXX|not implemented|for now)\b/;
    expect(sources.filter((path) => words.test(readFileSync(join(root, path), 'utf8')))).toEqual([]);
  });

  it('speaks to people from the message catalogues only', () => {
    const literal = />\s*[A-Z][a-z]+ [a-z]+[^<>{}]*</;
    const speaking = sources
      .filter((path) => path.endsWith('.tsx'))
      .filter((path) => literal.test(readFileSync(join(root, path), 'utf8')));
    expect(speaking).toEqual([]);
  });
});

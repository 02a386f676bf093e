import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runProgram, startServer } from '../support/start-server.ts';

const designs = fileURLToPath(new URL('../../designs', import.meta.url));

/** The shape that programs read. */
const Result = z.strictObject({
  design: z.string(),
  orderId: z.uuid(),
  jobs: z
    .array(
      z.strictObject({
        id: z.uuid(),
        process: z.enum(['cut', 'print']),
        machine: z.string().min(1),
        state: z.literal('made'),
        seconds: z.number().nonnegative(),
      }),
    )
    .min(1),
  price: z.strictObject({ minor: z.int().positive(), currency: z.literal('EUR') }),
  shares: z.array(z.strictObject({ agent: z.string(), reason: z.string(), minor: z.int() })).min(3),
  ledger: z.strictObject({ size: z.int().positive(), root: z.string(), verified: z.literal(true) }),
  seconds: z.number().positive(),
});

const folders: string[] = [];
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'commonwright-demo-test-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? '';

describe('the demonstration without a browser', () => {
  it('makes a bundled design from publication to shared price, and leaves no folder behind', async () => {
    const temporary = folder();
    const { code, out, err } = await runProgram(['demo', '--json'], { TMPDIR: temporary });
    expect([code, err]).toEqual([0, '']);
    const result = Result.parse(JSON.parse(lastLine(out)));
    expect(result.shares.reduce((sum, { minor }) => sum + minor, 0)).toBe(result.price.minor);
    expect(out).toMatch(/████/);
    expect(readdirSync(temporary).filter((name) => name.startsWith('commonwright-demo'))).toEqual([]);
  });

  it('makes the package that it is given, in the data folder that it is given, and says so in words', async () => {
    const dataDir = folder();
    const { code, out, err } = await runProgram(['demo', join(designs, 'flat-pack-stool')], {
      DATA_DIR: dataDir,
    });
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/flat-pack-stool: \d+ jobs? made for €/);
    expect(out).toMatch(/Ledger: \d+ entries, verified from the outside/);
    expect(existsSync(join(dataDir, 'ledger.sqlite'))).toBe(true);
  });

  it('stopped in the middle, clears away what it made and says so', async () => {
    const temporary = folder();
    const { code, err } = await runProgram(
      ['demo', join(designs, 'corner-connector')],
      { TMPDIR: temporary, DEMO_SPEED: '1' },
      { signalAfter: /preparing/, signal: 'SIGINT' },
    );
    expect([code, err]).toEqual([1, 'commonwright: Stopped before the part was made.\n']);
    expect(readdirSync(temporary).filter((name) => name.startsWith('commonwright-demo'))).toEqual([]);
  });

  it('says in one sentence what is wrong with a folder that is no design, and with a manifest that lacks a field', async () => {
    const empty = folder();
    const none = await runProgram(['demo', empty, '--json']);
    expect(none.code).toBe(1);
    expect(none.err).toBe(`commonwright: ${empty} has no okh.toml, so it is not a design package.\n`);

    const missing = await runProgram(['demo', join(empty, 'nowhere')]);
    expect(missing.code).toBe(1);
    expect(missing.err).toMatch(/cannot be read as a folder/);

    const broken = folder();
    mkdirSync(join(broken, 'source'));
    writeFileSync(join(broken, 'okh.toml'), 'okhv = "OKH-LOSHv1.0"\n');
    const incomplete = await runProgram(['demo', broken]);
    expect(incomplete.code).toBe(1);
    expect(incomplete.err.trim().split('\n')).toHaveLength(1);
    expect(incomplete.err).toMatch(/^commonwright: .*okh\.toml/);
  });
});

describe('design check', () => {
  it('says that a bundled design is complete, with what it takes to make it', async () => {
    const { code, out, err } = await runProgram(['design', 'check', join(designs, 'wall-block')]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/is complete: sha256:/);
    expect(out).toMatch(/cut: .*, about \d+ min/);
  });
});

describe('design publish', () => {
  it('publishes a folder on a running server as the next version, with its key where it asks for one', async () => {
    const server = await startServer({ args: ['--empty'], env: { HOST: '0.0.0.0' } });
    try {
      const url = server.url.replace('0.0.0.0', '127.0.0.1');
      const mine = folder();
      cpSync(join(designs, 'cable-hook'), mine, { recursive: true });
      const manifest = join(mine, 'okh.toml');
      writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/^version = .*$/m, 'version = "9.9.9"'));

      const stranger = await runProgram(['design', 'publish', mine, url]);
      expect([stranger.code, stranger.err]).toEqual([1, expect.stringMatching(/key/)]);

      const key = readFileSync(join(server.dataDir, 'private', 'command-key.txt'), 'utf8').trim();
      const { code, out, err } = await runProgram(['design', 'publish', mine, url, '--key', key]);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^Published cable-hook, version 2: /);
    } finally {
      await server.stop();
    }
  });

  it('says when nobody answers, and when the address is missing', async () => {
    const away = await runProgram(['design', 'publish', join(designs, 'cable-hook'), 'http://127.0.0.1:9']);
    expect([away.code, away.err]).toEqual([
      1,
      expect.stringMatching(/Nobody answers at http:\/\/127\.0\.0\.1:9/),
    ]);
    const nowhere = await runProgram(['design', 'publish', join(designs, 'cable-hook')]);
    expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringMatching(/web address/)]);
  });
});

describe('verify', () => {
  it('says when nobody answers at the address', async () => {
    const { code, err } = await runProgram(['verify', 'http://127.0.0.1:9']);
    expect([code, err]).toEqual([1, expect.stringMatching(/127\.0\.0\.1:9 does not answer/)]);
  });
});

describe('--help', () => {
  it('is the manual', async () => {
    const { code, out } = await runProgram(['--help']);
    expect(code).toBe(0);
    for (const word of ['DATA_DIR', 'PORT', 'HOST', 'MQTT_URL', '--empty', '--json', 'verify URL'])
      expect(out).toContain(word);
  });
});

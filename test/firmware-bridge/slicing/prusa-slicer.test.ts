import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readProgramPath, WORK } from '#contract/gcode-path.ts';
import { PlateRefused } from '../../../firmware-bridge/slicing/plate-refused.ts';
import { probePrusaSlicer, sliceWithPrusaSlicer } from '../../../firmware-bridge/slicing/prusa-slicer.ts';
import { slicePlate } from '../../../firmware-bridge/slicing/slice-plate.ts';
import { solidKernel } from '../../../firmware-bridge/slicing/solid-kernel.ts';
import { cube, PRINTER, plateOf } from './plates.ts';

const version = await probePrusaSlicer();
if (version === undefined)
  console.warn('left out: PrusaSlicer is not installed (Debian: apt-get install prusa-slicer)');

const folder = mkdtempSync(join(tmpdir(), 'prusa-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let plate: Uint8Array;
let broad: Uint8Array;
beforeAll(async () => {
  const kernel = await solidKernel();
  plate = plateOf(cube(kernel, [30, 30, 20]));
  broad = plateOf(cube(kernel, [300, 30, 20], [0, 0, 0]));
});

/** A stand-in for the outer program, with its own behaviour. */
function slicerThat(does: string): string {
  const file = join(folder, `slicer-${readdirSync(folder).length}`);
  writeFileSync(file, `#!/bin/sh\n${does}\n`);
  chmodSync(file, 0o755);
  return file;
}

async function refusalOf(command: string, timeoutMs = 10_000, of = plate): Promise<PlateRefused> {
  const error = await sliceWithPrusaSlicer(of, PRINTER, { command, timeoutMs }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PlateRefused);
  return error as PlateRefused;
}

test.runIf(version !== undefined)(
  'PrusaSlicer and our own slicer agree on layers, and on filament within a tenth',
  async () => {
    const own = await slicePlate(plate, PRINTER);
    const prusa = await slicePlate(plate, { ...PRINTER, slicer: 'prusa-slicer' });
    expect(prusa.layers).toBe(own.layers);
    expect(own.filamentMm / prusa.filamentMm).toBeGreaterThan(0.9);
    expect(own.filamentMm / prusa.filamentMm).toBeLessThan(1.1);
    expect(prusa.filamentMg).toBeCloseTo((prusa.filamentMm * Math.PI * 1.75 ** 2 * 1.24) / 4, 3);
    expect(prusa.estimatedSeconds).toBeGreaterThan(300);
    const path = readProgramPath(prusa.lines);
    expect(path.kinds).toContain(WORK);
    expect(prusa.lines.some((line) => line.startsWith('M109 S210'))).toBe(true);
  },
);

test.runIf(version !== undefined)('PrusaSlicer prints several parts where the plate puts them', async () => {
  const kernel = await solidKernel();
  const two = plateOf(cube(kernel, [20, 20, 4], [30, 40, 0]), cube(kernel, [10, 10, 4], [150, 160, 0]));
  const prusa = await slicePlate(two, { ...PRINTER, slicer: 'prusa-slicer' });
  const path = readProgramPath(prusa.lines);
  const xs = Array.from(path.kinds).flatMap((kind, index) =>
    kind === WORK && (path.segments[index * 6 + 5] ?? 0) > 1 ? [path.segments[index * 6 + 3] ?? 0] : [],
  );
  expect(Math.min(...xs)).toBeCloseTo(30.2, 0);
  expect(Math.max(...xs)).toBeCloseTo(159.8, 0);
});

test('a plate larger than the bed is refused before any slicer is started', async () => {
  const refusal = await refusalOf(join(folder, 'nothing-here'), 10_000, broad);
  expect([refusal.code, refusal.details.missingXMm]).toEqual(['too-large', 80]);
});

test('a slicer that is not installed is named, with the way out', async () => {
  expect(await probePrusaSlicer(join(folder, 'nothing-here'))).toBeUndefined();
  const refusal = await refusalOf(join(folder, 'nothing-here'));
  expect(refusal.code).toBe('slicer-missing');
  expect(refusal.message).toContain('slicer = "own"');
});

test('a slicer that hangs is stopped at the deadline', async () => {
  const refusal = await refusalOf(slicerThat('exec sleep 60'), 300);
  expect(refusal.message).toContain('was stopped after 0.3 s');
});

test('a slicer that fails is quoted', async () => {
  const refusal = await refusalOf(slicerThat('echo "Loading of a model file failed." >&2; exit 1'));
  expect(refusal.message).toBe('PrusaSlicer ended with exit code 1: Loading of a model file failed.');
});

test('a slicer that writes an empty program is not believed', async () => {
  const refusal = await refusalOf(
    slicerThat('for word; do [ "$last" = -o ] && : > "$word"; last="$word"; done'),
  );
  expect(refusal.message).toContain('extrudes nothing');
});

test('the words go to the slicer as they are, in a private folder that is gone afterwards', async () => {
  const log = join(folder, 'words.txt');
  await refusalOf(slicerThat(`printf '%s\\n' "$@" > '${log}'; cat "$3" >> '${log}'; exit 3`));
  const said = readFileSync(log, 'utf8');
  expect(said).toContain('bed_shape = 0x0,220x0,220x220,0x220');
  expect(said).toContain('temperature = 210');
  const settings = said.split('\n').find((line) => line.endsWith('printer.ini')) ?? '';
  expect(existsSync(settings)).toBe(false);
});

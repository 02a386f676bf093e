import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProgramPath } from '#contract/gcode-path.ts';
import { boxAround, placeOnBed } from './place-on-bed.ts';
import { PlateRefused } from './plate-refused.ts';
import type { Printer, PrintProgram } from './printer.ts';
import { readPlate } from './read-plate.ts';

/** A plate that takes longer is better sliced where someone watches it. */
const SLICE_TIMEOUT_MS = 300_000;
const PROBE_TIMEOUT_MS = 10_000;
/** Its log is chatter; the last lines say what was wrong. */
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
const KEPT_CHARACTERS = 400;
/** Exit code of a program that a signal ended: how version 2.5 says that objects do not fit the bed. */
const ABORTED = 134;

type Outcome = { code: number; stdout: string; stderr: string; isLate: boolean };

/** The version of an installed PrusaSlicer, e.g. `2.5.0`; nothing where there is none. Asks it for its help, which needs no display. */
export async function probePrusaSlicer(command = 'prusa-slicer'): Promise<string | undefined> {
  const { stdout, stderr } = await run(command, ['--help'], PROBE_TIMEOUT_MS);
  return /PrusaSlicer-(\d+\.\d+\.\d+)/.exec(stdout + stderr)?.[1];
}

/** Slices a plate with the PrusaSlicer of this computer, in a private folder, never through a shell. */
export async function sliceWithPrusaSlicer(
  threeMf: Uint8Array,
  printer: Printer,
  options: { command?: string; timeoutMs?: number } = {},
): Promise<PrintProgram> {
  const place = placeOnBed(boxAround(readPlate(threeMf)), printer);
  const isOnBed = place.moveMm[0] === 0 && place.moveMm[1] === 0;
  const command = options.command ?? 'prusa-slicer';
  const timeoutMs = options.timeoutMs ?? SLICE_TIMEOUT_MS;
  const folder = await mkdtemp(join(tmpdir(), 'commonwright-slice-'));
  try {
    const [plate, settings, output] = ['plate.3mf', 'printer.ini', 'plate.gcode'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await writeFile(plate, threeMf);
    await writeFile(settings, settingsOf(printer));
    // It checks the bed only when it arranges; a plate that lies well is left as the design laid it.
    const where = isOnBed ? ['--dont-arrange'] : [];
    const outcome = await run(command, ['-g', '--load', settings, ...where, '-o', output, plate], timeoutMs);
    if (outcome.code !== 0 || outcome.isLate) throw failed(outcome, timeoutMs);
    return programOf(await readFile(output, 'utf8'), printer);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(command: string, words: readonly string[], timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES } as const;
    execFile(command, words, options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr, isLate: false });
      else if (error.code === 'ENOENT') resolve({ code: 127, stdout, stderr, isLate: false });
      else {
        const code = typeof error.code === 'number' ? error.code : ABORTED;
        resolve({ code, stdout, stderr, isLate: error.killed === true });
      }
    });
  });
}

function failed(outcome: Outcome, timeoutMs: number): PlateRefused {
  if (outcome.code === 127) {
    return new PlateRefused(
      'slicer-missing',
      'PrusaSlicer is not installed on this computer: install it, or set slicer = "own" for this printer.',
    );
  }
  const message = (outcome.stderr.trim() || outcome.stdout.trim()).slice(-KEPT_CHARACTERS);
  const what = outcome.isLate
    ? `was stopped after ${timeoutMs / 1000} s`
    : `ended with exit code ${outcome.code}`;
  return new PlateRefused('slicer-failed', `PrusaSlicer ${what}: ${message || 'it said nothing'}`, {
    exitCode: outcome.code,
    message,
  });
}

/** The printer in PrusaSlicer's own keys; what is not said here stays at its defaults. */
function settingsOf(printer: Printer): string {
  const { x, y, z } = printer.bedMm;
  const [print, first, travel] = [
    printer.printMmPerMin,
    printer.firstLayerMmPerMin,
    printer.travelMmPerMin,
  ].map((mmPerMin) => (mmPerMin / 60).toFixed(2));
  const settings: Readonly<Record<string, string | number>> = {
    gcode_flavor: 'marlin2',
    bed_shape: `0x0,${x}x0,${x}x${y},0x${y}`,
    max_print_height: z,
    nozzle_diameter: printer.nozzleMm,
    layer_height: printer.layerHeightMm,
    first_layer_height: printer.layerHeightMm,
    temperature: printer.nozzleC,
    first_layer_temperature: printer.nozzleC,
    bed_temperature: printer.bedC,
    first_layer_bed_temperature: printer.bedC,
    filament_diameter: printer.filamentDiameterMm,
    filament_density: printer.filamentDensityGPerCm3,
    perimeters: 2,
    top_solid_layers: 3,
    bottom_solid_layers: 3,
    fill_density: '20%',
    fill_pattern: 'rectilinear',
    perimeter_speed: print ?? '',
    infill_speed: print ?? '',
    solid_infill_speed: print ?? '',
    first_layer_speed: first ?? '',
    travel_speed: travel ?? '',
    retract_length: printer.retractionMm,
    retract_speed: (printer.retractionMmPerMin / 60).toFixed(2),
    start_gcode: 'G28',
    end_gcode: 'M104 S0\\nM140 S0\\nM84',
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');
}

/** The slicer's own figures stand in comments near the end of its file. */
function programOf(text: string, printer: Printer): PrintProgram {
  const said = (label: string): string => new RegExp(`^; ${label} = (.+)$`, 'm').exec(text)?.[1] ?? '';
  const filamentMm = Number.parseFloat(said('filament used \\[mm\\]'));
  const estimatedSeconds = secondsOf(said('estimated printing time \\(normal mode\\)'));
  const lines = text.split('\n').map((line) => line.replace(/;.*$/, '').trimEnd());
  const path = readProgramPath(lines);
  if (!(filamentMm > 0) || path.workBounds === undefined || path.bounds === undefined) {
    throw new PlateRefused('slicer-failed', 'PrusaSlicer wrote a program that extrudes nothing.');
  }
  const area = (Math.PI * printer.filamentDiameterMm ** 2) / 4;
  return {
    lines: lines.filter((line) => line !== ''),
    layers: text.split('\n').filter((line) => line.startsWith(';LAYER_CHANGE')).length,
    estimatedSeconds,
    filamentMm,
    filamentMg: filamentMm * area * printer.filamentDensityGPerCm3,
    bounds: path.bounds,
  };
}

function secondsOf(text: string): number {
  const units: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([dhms])/g))
    seconds += Number(amount) * (units[unit ?? ''] ?? 0);
  return seconds;
}

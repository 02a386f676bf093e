import { z } from 'zod';
import type { MachineState, MachineTelemetry, RunFailure } from '../../machine.ts';

/** Klipper's objects as last told: name → field → value. */
export type PrinterStatus = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What is asked of Klipper, and told again whenever it changes. A printer without a heated bed leaves that one out. */
export const WATCHED = {
  webhooks: ['state', 'state_message'],
  print_stats: ['filename', 'state', 'message', 'total_duration', 'print_duration'],
  virtual_sdcard: ['progress', 'file_position', 'is_active'],
  gcode_move: ['gcode_position'],
  extruder: ['temperature', 'target'],
  heater_bed: ['temperature', 'target'],
} as const;

/** Fields that a change does not name keep their value. */
export function mergeStatus(status: PrinterStatus, changes: unknown): PrinterStatus {
  const read = Changes.safeParse(changes);
  if (!read.success) return status;
  const merged: Record<string, Readonly<Record<string, unknown>>> = { ...status };
  for (const [name, fields] of Object.entries(read.data)) merged[name] = { ...status[name], ...fields };
  return merged;
}

const Changes = z.record(z.string(), z.record(z.string(), z.unknown()));

/** Klipper's own condition. Whether Moonraker reaches it at all is not in its objects. */
export type Klipper =
  | { kind: 'ready' }
  | { kind: 'starting' }
  | { kind: 'down'; code: string; words: string };

export type PrintState = 'standby' | 'printing' | 'paused' | 'complete' | 'cancelled' | 'error';

export type PrinterReport = {
  klipper: Klipper;
  print: { file: string; state: PrintState; words: string; seconds: number };
  /** Bytes of the file that have been read. */
  filePosition: number;
  telemetry: Pick<MachineTelemetry, 'positionMm' | 'temperatures'>;
};

const PRINT_STATES = ['standby', 'printing', 'paused', 'complete', 'cancelled', 'error'] as const;

const Stats = z.object({
  filename: z.string().catch(''),
  state: z.enum(PRINT_STATES).catch('standby'),
  message: z.string().catch(''),
  total_duration: z.number().catch(0),
});
const Webhooks = z.object({ state: z.string().catch('startup'), state_message: z.string().catch('') });
const Heater = z.object({ temperature: z.number(), target: z.number().catch(0) });
const Position = z.object({ gcode_position: z.array(z.number()).min(3) });
const Card = z.object({ file_position: z.number().catch(0) });

export function readPrinter(status: PrinterStatus): PrinterReport {
  const stats = Stats.parse(status.print_stats ?? {});
  return {
    klipper: klipperOf(Webhooks.parse(status.webhooks ?? {})),
    print: {
      file: stats.filename,
      state: stats.state,
      words: stats.message,
      seconds: stats.total_duration,
    },
    filePosition: Card.parse(status.virtual_sdcard ?? {}).file_position,
    telemetry: { ...positionOf(status), ...temperaturesOf(status) },
  };
}

/** Words for the machine when no run of this bridge is on it; with `ours`, the file of the run that is. */
export function machineStateOf({ klipper, print }: PrinterReport, ours?: string): MachineState {
  if (klipper.kind === 'starting') return { kind: 'offline', reason: 'Klipper is starting.' };
  if (klipper.kind === 'down')
    return { kind: 'alarm', code: klipper.code, words: klipper.words, positionLost: true };
  if (!isUnderWay(print.state)) return { kind: 'idle' };
  if (print.file === ours) return { kind: print.state === 'paused' ? 'paused' : 'running' };
  const does = print.state === 'paused' ? 'is paused in' : 'prints';
  return { kind: 'busy', words: `The printer ${does} "${print.file}", which this bridge did not start.` };
}

export function isUnderWay(state: PrintState): state is 'printing' | 'paused' {
  return state === 'printing' || state === 'paused';
}

/** Klipper has one state for every fault and says in words what it was. */
export function causeOf(words: string): RunFailure {
  return /heat|thermal|temperature|adc out of range|sensor/i.test(words) ? 'thermal' : 'error';
}

function klipperOf({ state, state_message: words }: z.infer<typeof Webhooks>): Klipper {
  if (state === 'ready') return { kind: 'ready' };
  if (state === 'startup') return { kind: 'starting' };
  return { kind: 'down', code: `klipper-${state}`, words: inOneLine(words) || 'Klipper has shut down.' };
}

function inOneLine(words: string): string {
  return words.split('\n')[0]?.trim() ?? '';
}

function positionOf(status: PrinterStatus): Pick<MachineTelemetry, 'positionMm'> {
  const read = Position.safeParse(status.gcode_move ?? {});
  if (!read.success) return {};
  const [xMm = 0, yMm = 0, zMm = 0] = read.data.gcode_position;
  return { positionMm: { xMm, yMm, zMm } };
}

function temperaturesOf(status: PrinterStatus): Pick<MachineTelemetry, 'temperatures'> {
  const nozzle = Heater.safeParse(status.extruder ?? {});
  const bed = Heater.safeParse(status.heater_bed ?? {});
  if (!nozzle.success && !bed.success) return {};
  return {
    temperatures: {
      ...(nozzle.success && { nozzleC: nozzle.data.temperature, nozzleTargetC: nozzle.data.target }),
      ...(bed.success && { bedC: bed.data.temperature, bedTargetC: bed.data.target }),
    },
  };
}

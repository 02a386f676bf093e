import type { MoonrakerSimulator } from './moonraker-simulator.ts';

/** What goes wrong on purpose. Lines are counted from 1 in each print. */
export type MoonrakerFaults = {
  /** Klipper shuts down over a heater at this line. */
  shutdownAtLine?: number;
  /** Klipper restarts at this line, and has forgotten the print. */
  restartAtLine?: number;
  /** The print ends with an error of its own at this line. */
  errorAtLine?: number;
  /** Moonraker restarts at this line, while the print goes on. */
  moonrakerRestartAtLine?: number;
  /** Every socket is dropped at this line, once. */
  dropAtLine?: number;
  /** From this line on nothing is answered or told any more. */
  silentAtLine?: number;
  /** At this line the end of an earlier print is told, late. */
  lateCompleteAtLine?: number;
  /** Every answer comes that much later. */
  slowMs?: number;
  /** That many uploads arrive damaged. */
  damagedUploads?: number;
  /** Starts are accepted and nothing happens. */
  ignoresStarts?: boolean;
  /** Cancels are accepted and nothing happens. */
  ignoresCancels?: boolean;
};

/** A late message names no file: that is what makes it look like the end of the print that runs now. */
const LATE_END = { print_stats: { state: 'complete' } };

/** Sets the switches. Each fault at a line happens once in the simulator's life. */
export function setFaults(simulator: MoonrakerSimulator, faults: MoonrakerFaults): void {
  const { moonraker } = simulator;
  const { klipper } = moonraker;
  simulator.slowMs = faults.slowMs ?? 0;
  moonraker.damagedUploads = faults.damagedUploads ?? 0;
  klipper.ignoresStarts = faults.ignoresStarts ?? false;
  klipper.ignoresCancels = faults.ignoresCancels ?? false;
  const atLine: [number | undefined, () => void][] = [
    [faults.shutdownAtLine, () => klipper.shutdown('Heater extruder not heating at expected rate')],
    [faults.restartAtLine, () => klipper.restart()],
    [faults.errorAtLine, () => klipper.failPrint('Move out of range: 400.000 0.000 0.200 [1.000]')],
    [faults.moonrakerRestartAtLine, () => simulator.restartMoonraker()],
    [faults.dropAtLine, () => simulator.dropSockets()],
    [
      faults.silentAtLine,
      () => {
        simulator.isSilent = true;
      },
    ],
    [faults.lateCompleteAtLine, () => moonraker.tellLate(LATE_END)],
  ];
  const done = new Set<() => void>();
  klipper.onLine = (line) => {
    for (const [at, happen] of atLine) {
      if (at !== line || done.has(happen)) continue;
      done.add(happen);
      happen();
    }
  };
}

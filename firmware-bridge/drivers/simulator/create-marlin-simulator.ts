import { MarlinController } from './marlin-controller.ts';
import { defaultMarlinOptions, type MarlinOptions } from './marlin-motion.ts';
import { type DeviceOptions, SimulatedDevice } from './simulated-device.ts';

export type MarlinSimulatorOptions = DeviceOptions & { machine?: Partial<MarlinOptions> };

/** A printer with Marlin 2.1, without the printer. A host cannot tell it from hardware by its bytes. */
export function createMarlinSimulator(
  options: MarlinSimulatorOptions = {},
): SimulatedDevice<MarlinController> {
  return new SimulatedDevice((say) => {
    const controller = new MarlinController(
      { ...defaultMarlinOptions, ...options.machine },
      options.speedUp ?? 1,
      say,
    );
    controller.alarmAtLine = options.faults?.alarmAtLine;
    controller.resetAtLine = options.faults?.resetAtLine;
    return controller;
  }, options);
}

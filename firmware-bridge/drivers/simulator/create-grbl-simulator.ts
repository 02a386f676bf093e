import { GrblController } from './grbl-controller.ts';
import { defaultGrblOptions, type GrblOptions } from './grbl-settings.ts';
import { type DeviceOptions, SimulatedDevice } from './simulated-device.ts';

export type GrblSimulatorOptions = DeviceOptions & { machine?: Partial<GrblOptions> };

/** A router with GRBL 1.1, without the router. A host cannot tell it from hardware by its bytes. */
export function createGrblSimulator(options: GrblSimulatorOptions = {}): SimulatedDevice<GrblController> {
  return new SimulatedDevice((say) => {
    const controller = new GrblController({ ...defaultGrblOptions, ...options.machine }, say);
    controller.alarmAtLine = options.faults?.alarmAtLine;
    controller.resetAtLine = options.faults?.resetAtLine;
    return controller;
  }, options);
}

import { MarlinController } from './marlin-controller.ts';
import { defaultMarlinOptions, type MarlinOptions } from './marlin-motion.ts';
import { type DeviceOptions, SimulatedDevice } from './simulated-device.ts';

export type MarlinSimulatorOptions = DeviceOptions & { machine?: Partial<MarlinOptions> };

/** A printer with Marlin 2.1, without the printer. A host cannot tell it from hardware by its bytes. */
export function createMarlinSimulator(
  options: MarlinSimulatorOptions = {},
): SimulatedDevice<MarlinController> {
  const { faults = {}, machine, speedUp = 1 } = options;
  const { rxBytes, isSilentAfterResend, hasNoEmergencyParser } = faults;
  return new SimulatedDevice((say, random) => {
    const controller = new MarlinController(
      {
        ...defaultMarlinOptions,
        ...(rxBytes === undefined ? {} : { realRxBytes: rxBytes }),
        ...(isSilentAfterResend === true ? { saysOkAfterResend: false } : {}),
        ...(hasNoEmergencyParser === true ? { hasEmergencyParser: false } : {}),
        ...machine,
      },
      speedUp,
      say,
      random,
    );
    controller.faults = { ...faults };
    return controller;
  }, options);
}

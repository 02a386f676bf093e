import { GrblController } from './grbl-controller.ts';
import { flavourOptions, type GrblFlavour } from './grbl-flavour.ts';
import { defaultGrblOptions, type GrblOptions } from './grbl-settings.ts';
import { type DeviceOptions, SimulatedDevice } from './simulated-device.ts';

export type GrblSimulatorOptions = DeviceOptions & { flavour?: GrblFlavour; machine?: Partial<GrblOptions> };

/** A router with GRBL 1.1, grblHAL or FluidNC, without the router. A host cannot tell it from hardware by its bytes. */
export function createGrblSimulator(options: GrblSimulatorOptions = {}): SimulatedDevice<GrblController> {
  const { faults = {}, flavour = 'grbl', machine } = options;
  const { rxBytes, eepromMs } = faults;
  return new SimulatedDevice((say) => {
    const controller = new GrblController(
      {
        ...defaultGrblOptions,
        ...flavourOptions(flavour),
        ...(rxBytes === undefined ? {} : { realRxBytes: rxBytes }),
        ...(eepromMs === undefined ? {} : { eepromMs }),
        ...machine,
      },
      say,
    );
    controller.faults = { ...faults };
    return controller;
  }, options);
}

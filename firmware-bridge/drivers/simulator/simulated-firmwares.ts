import { z } from 'zod';

/** Controllers that can be simulated on a TCP port. */
export const SimulatedFirmware = z.enum(['grbl', 'grblhal', 'fluidnc', 'marlin']);
export type SimulatedFirmware = z.infer<typeof SimulatedFirmware>;

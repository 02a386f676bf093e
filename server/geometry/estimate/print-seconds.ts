/**
 * An ordinary printer with a nozzle of 0.4 mm: plastic through the nozzle on average over walls and filling, time to
 * change the layer, and warming up. The lab's slicer later gives its own time; this one serves prices and promises.
 */
export const PRINT_DEFAULTS = {
  flowMm3PerSecond: 4.5,
  layerChangeSeconds: 1.5,
  warmUpSeconds: 180,
} as const;

/** Seconds for a plate: volume of plastic, not of the solids, in mm³, and its height. */
export function printSeconds(plate: { plasticMm3: number; heightMm: number; layerHeightMm: number }): number {
  const { flowMm3PerSecond, layerChangeSeconds, warmUpSeconds } = PRINT_DEFAULTS;
  // Flow falls with thinner layers: it is stated for layers of 0.2 mm.
  const flow = flowMm3PerSecond * Math.min(1.5, plate.layerHeightMm / 0.2);
  const layers = Math.ceil(plate.heightMm / plate.layerHeightMm);
  return Math.round(plate.plasticMm3 / flow + layers * layerChangeSeconds + warmUpSeconds);
}

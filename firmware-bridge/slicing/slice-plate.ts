import { sliceOurselves } from './own-slicer.ts';
import { PlateRefused } from './plate-refused.ts';
import type { Printer, PrintProgram } from './printer.ts';
import { sliceWithPrusaSlicer } from './prusa-slicer.ts';

/** Above this a nozzle or a bed of a hobby printer is damaged; a typing error must not reach the heater. */
const MAX_NOZZLE_C = 320;
const MAX_BED_C = 130;
/** A line cannot be laid flatter than this share of its nozzle, nor thicker. */
const LAYER_SHARE = { least: 0.1, most: 0.8 };

/**
 * Makes a printer's program from a plate (3MF, every copy at its place). Throws `PlateRefused` with a sentence when the file is
 * bad, the plate does not fit, or the printer's settings cannot work.
 */
export async function slicePlate(threeMf: Uint8Array, printer: Printer): Promise<PrintProgram> {
  checkPrinter(printer);
  return printer.slicer === 'prusa-slicer'
    ? sliceWithPrusaSlicer(threeMf, printer)
    : sliceOurselves(threeMf, printer);
}

function checkPrinter(printer: Printer): void {
  const { nozzleMm, layerHeightMm, nozzleC, bedC } = printer;
  const refuse = (sentence: string): never => {
    throw new PlateRefused('printer-impossible', sentence, { nozzleMm, layerHeightMm, nozzleC, bedC });
  };
  if (!(nozzleC > 0 && nozzleC <= MAX_NOZZLE_C))
    refuse(`The nozzle is set to ${nozzleC} °C; it must be 1 to ${MAX_NOZZLE_C} °C.`);
  if (!(bedC >= 0 && bedC <= MAX_BED_C))
    refuse(`The bed is set to ${bedC} °C; it must be 0 to ${MAX_BED_C} °C.`);
  const share = layerHeightMm / nozzleMm;
  if (!(share >= LAYER_SHARE.least && share <= LAYER_SHARE.most)) {
    refuse(
      `A layer of ${layerHeightMm} mm does not suit a nozzle of ${nozzleMm} mm: choose ${(nozzleMm * LAYER_SHARE.least).toFixed(2)} to ${(nozzleMm * LAYER_SHARE.most).toFixed(2)} mm.`,
    );
  }
  const speeds = {
    print: printer.printMmPerMin,
    'first layer': printer.firstLayerMmPerMin,
    travel: printer.travelMmPerMin,
  };
  for (const [name, speed] of Object.entries(speeds)) {
    if (!(speed > 0 && Number.isFinite(speed)))
      refuse(`The ${name} speed is ${speed} mm/min; it must be greater than 0.`);
  }
}

import type { PathBounds } from '#contract/gcode-path.ts';
import type { MachineEnvelope, Refusal } from './cutter.ts';

/** What a millimetre's hundredth more than the travel does is not worth a refusal: soft limits round alike. */
const TOLERANCE_MM = 0.01;
const AXES = ['X', 'Y', 'Z'] as const;

/** Every side on which a program leaves the machine's travel, with the millimetres that are missing. */
export function checkBounds(bounds: PathBounds, envelope: MachineEnvelope): Refusal[] {
  const refusals: Refusal[] = [];
  for (const [index, axis] of AXES.entries()) {
    const least = (bounds.min[index] ?? 0) - (envelope.minMm[index] ?? 0);
    const most = (envelope.maxMm[index] ?? 0) - (bounds.max[index] ?? 0);
    if (least < -TOLERANCE_MM) refusals.push(beyond(axis, 'minus', -least));
    if (most < -TOLERANCE_MM) refusals.push(beyond(axis, 'plus', -most));
  }
  return refusals;
}

function beyond(axis: string, side: 'minus' | 'plus', missingMm: number): Refusal {
  const missing = Math.ceil(missingMm * 100) / 100;
  return {
    code: 'beyond-travel',
    sentence: `The program goes ${missing} mm beyond the travel of ${axis} on its ${side} side: move the work zero or use a larger machine.`,
    details: { axis, side, missingMm: missing },
  };
}

import type { SheetLayout } from '#contract/sheet-layout.ts';
import type { Cutter, MachineEnvelope } from './cutter.ts';
import { type Interpretation, interpretProgram, type Motion, type Problem } from './interpret-program.ts';
import { verifyCut } from './verify-cut.ts';

const TOLERANCE_MM = 0.005;
/** A feed is written with few digits. */
const FEED_SHARE = 1.001;
const AXES = ['X', 'Y', 'Z'] as const;

/**
 * Judges a cut program by its text alone, before a machine gets it: that the dialect is GRBL's, that nothing moves fast or
 * without spindle where there is material, depth, travel, and that the swept area leaves exactly the parts. It shares no code with
 * the generator. An empty list means that the program may run.
 */
export function verifyProgram(
  lines: readonly string[],
  layout: SheetLayout,
  cutter: Cutter,
  envelope?: MachineEnvelope,
): Problem[] {
  const run = interpretProgram(lines, cutter.safeZMm);
  const problems = [...run.problems, ...endOf(run, cutter)];
  const thicknessMm = Math.max(...layout.placed.map(({ part }) => part.thicknessMm));
  const rules = [
    (motion: Motion) => aboveSheet(motion, cutter),
    (motion: Motion) => cutting(motion, cutter),
    (motion: Motion) => notTooDeep(motion, thicknessMm + cutter.spoilMm),
    ...(envelope === undefined ? [] : [(motion: Motion) => withinTravel(motion, envelope)]),
  ];
  for (const rule of rules) {
    const broken = run.motions.map(rule).find((problem) => problem !== undefined);
    if (broken !== undefined) problems.push(broken);
  }
  return [...problems, ...verifyCut(run.motions, layout, cutter)];
}

function endOf(run: Interpretation, cutter: Cutter): Problem[] {
  const z = run.motions.at(-1)?.to[2] ?? 0;
  const isSafe = z >= cutter.safeZMm - TOLERANCE_MM;
  if (run.hasEnded && isSafe && run.motions.length > 0) return [];
  return [
    { code: 'not-ended', sentence: 'The program does not end with the tool at its safe height and M30.' },
  ];
}

/** Rapids cross the sheet at the safe height only, and never end in the material. */
function aboveSheet({ isRapid, from, to, line }: Motion, { safeZMm }: Cutter): Problem | undefined {
  if (!isRapid) return;
  const crosses = from[0] !== to[0] || from[1] !== to[1];
  const lowest = Math.min(from[2], to[2]);
  if (crosses && lowest < safeZMm - TOLERANCE_MM) {
    return {
      line,
      code: 'rapid-too-low',
      sentence: `Line ${line} crosses the sheet at Z${lowest}, below the safe height of ${safeZMm} mm.`,
    };
  }
  if (to[2] < -TOLERANCE_MM) {
    return { line, code: 'rapid-too-low', sentence: `Line ${line} goes into the sheet as a rapid.` };
  }
  return;
}

function cutting(
  { isRapid, from, to, line, feedMmPerMin, isSpindleOn }: Motion,
  cutter: Cutter,
): Problem | undefined {
  const isInMaterial = Math.min(from[2], to[2]) < -TOLERANCE_MM;
  if (isRapid) return;
  if (!(feedMmPerMin > 0))
    return { line, code: 'cut-without-feed', sentence: `Line ${line} cuts before a feed is set.` };
  if (!isInMaterial) return;
  if (!isSpindleOn) {
    return {
      line,
      code: 'cut-without-spindle',
      sentence: `Line ${line} is in the material while the spindle stands.`,
    };
  }
  const length = Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);
  const downMmPerMin = length === 0 ? 0 : (feedMmPerMin * (from[2] - to[2])) / length;
  const isTooFast =
    feedMmPerMin > cutter.feedMmPerMin * FEED_SHARE || downMmPerMin > cutter.plungeMmPerMin * FEED_SHARE;
  if (!isTooFast) return;
  return {
    line,
    code: 'feed-too-fast',
    sentence: `Line ${line} goes ${Math.round(feedMmPerMin)} mm/min, faster than this cutter bears there.`,
  };
}

function notTooDeep({ to, line }: Motion, deepestMm: number): Problem | undefined {
  if (to[2] >= -deepestMm - TOLERANCE_MM) return;
  return {
    line,
    code: 'too-deep',
    sentence: `Line ${line} goes to Z${to[2]}; ${-deepestMm} is deep enough.`,
  };
}

function withinTravel({ to, line }: Motion, envelope: MachineEnvelope): Problem | undefined {
  for (const [index, axis] of AXES.entries()) {
    const value = to[index] ?? 0;
    const [min, max] = [envelope.minMm[index] ?? 0, envelope.maxMm[index] ?? 0];
    if (value >= min - 0.01 && value <= max + 0.01) continue;
    return {
      line,
      code: 'beyond-travel',
      sentence: `Line ${line} goes to ${axis}${value}; the machine reaches ${min} to ${max}.`,
    };
  }
  return;
}

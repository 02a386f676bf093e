import type { Obstacle, Refusal, Requirement } from '#contract/manufacturing.ts';

/** A bed that is short by less may do with another nesting, or with the piece laid over its edge. */
const SHORT_MM_NEAR = 50;
/** A machine that misses a tolerance by less may keep it on a good day. */
const COARSE_NEAR = 2;

/**
 * Why a machine cannot do a job. It is a near miss where nothing but one small thing is missing that people may settle
 * among themselves: a bed some millimetres short, a cutter to be changed, 15 mm sheets instead of 18.
 */
export function refusalOf(requirement: Requirement, obstacles: readonly Obstacle[]): Refusal {
  const [first, ...further] = obstacles;
  if (first === undefined) throw new Error('a refusal has a reason');
  return {
    ...first,
    ...(further.length > 0 ? { further } : {}),
    ...(further.length === 0 && isSmall(first, requirement) ? { isNearMiss: true } : {}),
  };
}

function isSmall(obstacle: Obstacle, requirement: Requirement): boolean {
  switch (obstacle.code) {
    case 'too-small':
      return obstacle.shortMm <= SHORT_MM_NEAR;
    case 'cutter-too-wide':
    case 'nozzle-too-narrow':
    case 'not-stated':
      return true;
    case 'too-coarse':
      return obstacle.toleranceUm <= COARSE_NEAR * obstacle.needsUm;
    case 'out-of-stock':
      return requirement.process === 'cut' && (obstacle.otherThicknessesUm?.length ?? 0) > 0;
    default:
      return false;
  }
}

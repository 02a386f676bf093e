import type { WorkPiece } from '#contract/design.ts';
import type { Candidate, Refusal } from '#contract/manufacturing.ts';
import { AppError } from '../../errors.ts';

/** Reasons that pass: material arrives, a bridge comes back, a lab opens or thinks again. */
const PASSING: ReadonlySet<Refusal['code']> = new Set(['out-of-stock', 'offline', 'declined', 'lab-closed']);

/** Whether no machine could do it now and no waiting would help. */
export function isLastinglyRefused(route: {
  candidates: readonly Candidate[];
  refusals: readonly Refusal[];
}): boolean {
  return route.candidates.length === 0 && route.refusals.every(({ code }) => !PASSING.has(code));
}

/** From the farthest from making it to the nearest: the nearest one tells best what to change. */
const NEARNESS: readonly Refusal['code'][] = [
  'wrong-process',
  'material-not-worked',
  'too-small',
  'cutter-too-wide',
  'nozzle-too-narrow',
  'too-coarse',
  'not-stated',
];

/** An AppError `order.cannot-be-made` that names what is short by how much, and what to do. */
export function cannotBeMade(piece: WorkPiece, refusals: readonly Refusal[]): AppError {
  const nearest = nearestOf(refusals);
  const why =
    nearest === undefined
      ? 'no lab has described a machine yet'
      : `${nearest.machine} at ${nearest.lab}: ${nearest.sentence}`;
  return new AppError(
    'cannot-be-made',
    `No machine can make "${piece.title}": ${why.replace(/\.$/, '')}. ${adviceFor(nearest, piece)}`,
    { code: 'order.cannot-be-made', details: { title: piece.title, refusals: [...refusals] } },
  );
}

function nearestOf(refusals: readonly Refusal[]): Refusal | undefined {
  const rank = (refusal: Refusal) => NEARNESS.indexOf(refusal.code);
  const short = (refusal: Refusal) => (refusal.code === 'too-small' ? refusal.shortMm : 0);
  return [...refusals].sort((a, b) => rank(b) - rank(a) || short(a) - short(b))[0];
}

function adviceFor(refusal: Refusal | undefined, piece: WorkPiece): string {
  switch (refusal?.code) {
    case 'too-small':
      return `Make it at least ${refusal.shortMm} mm smaller in ${refusal.axis.toUpperCase()}, or add a lab with a larger machine.`;
    case 'cutter-too-wide':
      return 'Widen the narrowest opening of the design, or fit a thinner cutter.';
    case 'nozzle-too-narrow':
      return 'Choose thinner layers, or fit a wider nozzle.';
    case 'too-coarse':
      return 'Ask for less exact sizes, or add a lab that keeps them.';
    case 'not-stated':
      return `Ask ${refusal.lab} to state the ${refusal.what} of its machine.`;
    case 'material-not-worked':
      return 'Choose another material, or add a lab that works this one.';
    default:
      return `Add a lab with a machine that can ${piece.process}.`;
  }
}

import { openLab } from '../../../server/commons/facilities/open-lab.ts';
import type { LoggedEntry } from '../../../server/commons/fact.ts';
import { sheetPiece, smallCommunity, stoolReport } from '../../server/commons/small-community.ts';
import type { Dice } from './life.ts';

export const LABS = ['lab', 'other-lab'] as const;

const there = smallCommunity();
const [, otherLab] = LABS;
there.do((context) =>
  openLab(
    there.state,
    {
      ...{ lab: otherLab, name: 'Hillside Lab', place: 'Hillside', by: 'visitor' },
      ...{ consent: 'automatic', bedClear: 'automatic' },
    },
    context,
  ),
);

/** What a log begins with: a community, a design, two labs, each with its own ways. */
export function firstEntries(dice: Dice): LoggedEntry[] {
  return there.entries.map(({ index, body, log }) => {
    if (body.type !== 'lab.opened') return { index, body, log };
    const consent = dice.chance(0.25) ? 'by-hand' : 'automatic';
    const bedClear = dice.chance(0.4) ? 'by-hand' : 'automatic';
    return { index, body: { ...body, data: { ...body.data, consent, bedClear } }, log };
  });
}

const flatStool = { ...stoolReport, workPieces: [sheetPiece] };

/** An order of one job, which the router of either lab can do. */
export const stoolOrder = (order: string) => there.stoolOrder(order, 1, flatStool);

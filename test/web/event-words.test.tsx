import { act, cleanup, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EntryLine } from '#contract/views.ts';
import { type EventFacts, eventWords } from '../../web/ledger/event-words.ts';
import { LedgerPage } from '../../web/ledger/LedgerPage.tsx';
import { createWorldStore, handlersFor } from '../../web/live/world-store.ts';
import { useWords } from '../../web/words/use-words.ts';
import { renderInPage } from './in-page.tsx';
import { design, jobIn, lab, snapshotWith } from './mock-world.ts';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const at = { provider: 'atelier', receiver: 'atelier' };
const sheet: EventFacts = {
  ...{ ...at, action: 'consume', resourceConformsTo: 'plywood 6.5 mm' },
  resourceQuantity: { value: '2', unit: 'sheet' },
};
const filament: EventFacts = {
  ...{ ...at, action: 'consume', resourceConformsTo: 'PLA' },
  resourceQuantity: { value: '12345', unit: 'mg' },
};
const machine: EventFacts = {
  ...{ ...at, action: 'use', resourceConformsTo: 'router' },
  effortQuantity: { value: '120', unit: 's' },
};
const work: EventFacts = { ...at, action: 'work', effortQuantity: { value: '1', unit: 'one' } };
const made: EventFacts = { ...at, action: 'produce', resourceConformsTo: 'design/stool' };

function Spoken({ event }: { event: EventFacts }) {
  return <p>{eventWords(event, useWords(), { labs: { atelier: lab }, designs: { stool: design } })}</p>;
}

describe('an economic event', () => {
  it.each([
    ['en', sheet, 'Used 2 sheets of plywood 6.5\u00a0mm'],
    ['fr', sheet, '2 panneaux de contreplaqué 6,5\u00a0mm utilisés'],
    ['en', filament, 'Used 12.3 g of PLA'],
    ['fr', filament, '12,3 g de PLA utilisés'],
    ['en', machine, 'Router worked for 2 min'],
    ['en', work, 'Work of a person at Atelier Nord'],
    ['fr', made, 'Pièces faites : Tabouret'],
  ] as const)('is said in words (%s): %#', (language, event, words) => {
    const { container } = renderInPage(<Spoken event={event} />, createWorldStore(), language);
    expect(container.querySelector('p')?.textContent).toBe(words);
  });
});

describe('the ledger page', () => {
  it('shows a long ledger a piece at a time', () => {
    const entries: EntryLine[] = Array.from({ length: 5_000 }, (_, index) => ({
      ...{ index, type: 'job.opened', stream: `job/${index}`, timeMs: index },
    }));
    const world = createWorldStore();
    handlersFor(world, () => 5_000).reply(snapshotWith(jobIn('wanted'), { size: 5_000, entries }));
    const { container } = renderInPage(<LedgerPage />, world);
    const before = container.querySelectorAll('.ledger-list li').length;
    expect(before).toBeLessThan(100);
    act(() => screen.getByRole('button', { name: 'Older entries' }).click());
    expect(container.querySelectorAll('.ledger-list li').length).toBeGreaterThan(before);
  });
});

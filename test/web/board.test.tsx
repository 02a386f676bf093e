import { act, cleanup, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { BoardPage } from '../../web/board/BoardPage.tsx';
import { createWorldStore, handlersFor } from '../../web/live/world-store.ts';
import { renderInPage } from './in-page.tsx';
import { deltaWith, heard, jobIn, snapshotWith } from './mock-world.ts';

afterEach(cleanup);

function board(job: ReturnType<typeof jobIn>, language: 'en' | 'fr' = 'en') {
  const world = createWorldStore();
  const handlers = handlersFor(world, () => 5_000);
  handlers.reply(snapshotWith(job));
  renderInPage(<BoardPage />, world, language);
  return handlers;
}

const column = (name: string) => within(screen.getByRole('region', { name }));

describe('the board', () => {
  it('moves a job to its new column when the server says so, without a reload', () => {
    const handlers = board(jobIn('wanted'));
    expect(column('Wanted').getByText('Stool')).toBeDefined();
    act(() => {
      handlers.delta(deltaWith(4, jobIn('running', { lab: 'atelier', machine: 'router' })));
      handlers.telemetry([heard(0.62, 1_000)]);
    });
    expect(column('Wanted').queryByText('Stool')).toBeNull();
    expect(column('On the machine').getByText('Atelier Nord · Router')).toBeDefined();
    expect(column('On the machine').getByRole('progressbar').getAttribute('aria-valuenow')).toBe('62');
  });

  it('says why a wanted job is stuck and who can help', () => {
    board(
      jobIn('wanted', {
        refusals: [
          {
            code: 'out-of-stock',
            lab: 'atelier',
            machine: 'router',
            sentence: '',
            material: 'plywood',
            thicknessUm: 25_000,
            needs: '1',
            has: '0',
          },
        ],
      }),
    );
    expect(
      column('Wanted').getByText('Atelier Nord, Router: not enough plywood 25 mm in stock'),
    ).toBeDefined();
    expect(column('Wanted').getByText('Atelier Nord can buy it and count its stock')).toBeDefined();
  });

  it('says the same in French', () => {
    board(jobIn('preparing', { waitsForBedClear: true, lab: 'atelier', machine: 'router' }), 'fr');
    expect(column('En préparation').getByText('Tabouret')).toBeDefined();
    expect(column('En préparation').getByText('le plateau doit être dégagé')).toBeDefined();
  });

  it('keeps the own word of the machine beside its translation', () => {
    board(
      jobIn('failed', {
        failure: { cause: 'alarm', code: 'ALARM:2', words: 'G-code motion target exceeds machine travel' },
      }),
    );
    expect(
      column('Failed').getByText(
        'The machine stopped with an alarm (“ALARM:2: G-code motion target exceeds machine travel”)',
      ),
    ).toBeDefined();
  });

  it('shows an unknown outcome as a column of its own', () => {
    board(jobIn('unknown', { lab: 'atelier', machine: 'router', doubt: { reason: 'link lost 4 min ago' } }));
    expect(column('Unknown').getByText('link lost 4 min ago')).toBeDefined();
  });
});

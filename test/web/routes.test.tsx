import { cleanup, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import type { Quote, RoutePreview } from '#contract/http.ts';
import { createCustomizerStore } from '../../web/customizer/customizer-store.ts';
import { Routes } from '../../web/customizer/Routes.tsx';
import { createWorldStore } from '../../web/live/world-store.ts';
import type { Language } from '../../web/words/preferences-store.ts';
import { renderInPage } from './in-page.tsx';
import { hashOf } from './mock-world.ts';

afterEach(cleanup);

const route: RoutePreview = {
  title: 'Stool, sheet 1',
  candidates: [
    {
      ...{ lab: 'riverside', machine: 'router', queue: 1, score: 58.5 },
      terms: {
        distance: { measure: 12.4, points: 2.48 },
        queue: { measure: 30, points: 50 },
        cost: { measure: 250, points: 2.5 },
        share: { measure: 0.4, points: 8 },
      },
    },
  ],
  refusals: [
    {
      ...{ code: 'out-of-stock', lab: 'hill', machine: 'cnc', sentence: '', isNearMiss: true },
      ...{ material: 'plywood', thicknessUm: 18_000, needs: '', has: 'none', otherThicknessesUm: [15_000] },
    },
    {
      ...{ code: 'too-small', lab: 'shed', machine: 'mill', sentence: '', axis: 'x', shortMm: 20 },
      further: [{ code: 'offline', lab: 'shed', machine: 'mill', sentence: '' }],
    },
  ],
};

function show(language: Language) {
  const store = createCustomizerStore(
    { evaluate: () => new Promise<Quote>(() => {}), later: () => () => undefined },
    {},
    1,
  );
  const quote: Quote = {
    version: hashOf('a'),
    report: {
      ...{ v: 1, evaluation: hashOf('d'), geometry: hashOf('e'), parameters: {} },
      ...{ size: { xMm: 1, yMm: 1, zMm: 1 }, massG: 1, volumeMm3: 1, parts: [], workPieces: [], sheets: 1 },
      files: { glb: hashOf('f'), threeMf: hashOf('f'), stl: hashOf('f') },
      ...{ engines: {}, seed: 1 },
    },
    ...{ quantity: 1, price: { total: { minor: '1', currency: 'EUR' }, lines: [] }, shares: [] },
    routes: [route],
  };
  store.setState({ quote });
  renderInPage(<Routes store={store} />, createWorldStore(), language);
  // French puts spaces that do not break before its colons and units.
  return screen.getAllByRole('listitem').map((item) => item.textContent?.replaceAll(/\s/g, ' '));
}

describe('who can make a piece', () => {
  it('is shown with every point against a machine, near misses apart, and all that others lack', () => {
    const items = show('en');
    expect(items.slice(1)).toEqual([
      '12.4 km away: 2.5',
      '30 minutes of work before yours: 50',
      'its sheet costs €2.50 more: 2.5',
      'its lab got 40% of the recent work: 8',
      'hill, cnc: no plywood 18 mm in stock, but 15 mm',
      'shed, mill: 20 mm short in X; not connected',
    ]);
    expect(screen.getByText('58.5 points')).toBeTruthy();
    expect(screen.getByText(/20 for 100 km, 100 for an hour of waiting/)).toBeTruthy();
    expect(screen.getByText(/the job is not given to them/)).toBeTruthy();
  });

  it('is said in French, too', () => {
    const items = show('fr');
    expect(items.slice(1)).toEqual([
      'à 12,4 km : 2,5',
      '30 minutes de travail avant le vôtre : 50',
      'sa plaque coûte 2,50 € de plus : 2,5',
      'son atelier a reçu 40 % du travail récent : 8',
      'hill, cnc : pas de contreplaqué 18 mm en stock, mais 15 mm',
      'shed, mill : il manque 20 mm en X ; pas connectée',
    ]);
  });
});

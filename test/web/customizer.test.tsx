import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import type { ParameterDefinition } from '#contract/design.ts';
import type { DesignDetail, EvaluateDesign, Quote } from '#contract/http.ts';
import {
  createCustomizerStore,
  parametersFromSearch,
  parametersToSearch,
} from '../../web/customizer/customizer-store.ts';
import { ParameterForm } from '../../web/customizer/ParameterForm.tsx';
import { createWorldStore } from '../../web/live/world-store.ts';
import { ServerProblem } from '../../web/server-link.ts';
import { renderInPage } from './in-page.tsx';
import { design, hashOf } from './mock-world.ts';

afterEach(cleanup);

const width: ParameterDefinition = {
  kind: 'number',
  name: 'width',
  caption: { en: 'Width', fr: 'Largeur' },
  scope: 'customer',
  initial: 600,
  min: 400,
  max: 800,
  step: 10,
  isInteger: true,
  unit: 'mm',
};
const thickness: ParameterDefinition = {
  kind: 'number',
  name: 'thickness',
  caption: { en: 'Measured thickness' },
  scope: 'maker',
  initial: 18,
  isInteger: false,
};
const wood: ParameterDefinition = {
  kind: 'choice',
  name: 'wood',
  caption: { en: 'Wood' },
  scope: 'customer',
  initial: 'birch',
  options: [
    { value: 'birch', caption: { en: 'Birch' } },
    { value: 'oak', caption: { en: 'Oak' } },
  ],
};
const door: ParameterDefinition = {
  kind: 'checkbox',
  name: 'door',
  caption: { en: 'Door' },
  scope: 'customer',
  initial: false,
};
const definitions = [width, thickness, wood, door];

const detail: DesignDetail = {
  view: design,
  summary: {
    name: 'Stool',
    version: '1',
    function: 'sit',
    caption: { en: 'Stool' },
    description: { en: 'A stool' },
    licence: 'X',
    licensor: 'Ada',
    processes: ['cut'],
    contributors: [{ name: 'Ada', weight: 1 }],
    parameters: definitions,
    presets: [{ name: 'wide', caption: { en: 'Wide' }, parameters: { width: 800 } }],
  },
};

function quoteOf(minor: string): Quote {
  return {
    version: hashOf('a'),
    report: {
      v: 1,
      evaluation: hashOf('d'),
      geometry: hashOf('e'),
      parameters: {},
      size: { xMm: 1, yMm: 1, zMm: 1 },
      massG: 1,
      volumeMm3: 1,
      parts: [],
      workPieces: [],
      sheets: 1,
      files: { glb: hashOf('f'), threeMf: hashOf('f'), stl: hashOf('f') },
      engines: {},
      seed: 1,
    },
    quantity: 1,
    price: { total: { minor, currency: 'EUR' }, lines: [] },
    shares: [],
    routes: [],
  };
}

/** Timers and answers that the test lets happen when it wants. */
function customizer() {
  const waiting: (() => void)[] = [];
  const asked: {
    wish: EvaluateDesign;
    answer: (quote: Quote) => void;
    refuse: (problem: unknown) => void;
  }[] = [];
  const store = createCustomizerStore(
    {
      evaluate: (wish) => new Promise((answer, refuse) => asked.push({ wish, answer, refuse })),
      later(run) {
        waiting.push(run);
        return () => waiting.splice(waiting.indexOf(run), 1);
      },
    },
    {},
    1,
  );
  const rest = () => {
    for (const run of waiting.splice(0)) run();
  };
  return { store, asked, rest };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('the customizer', () => {
  it('asks once when a slider rests, with what differs from the design', () => {
    const { store, asked, rest } = customizer();
    store.begin(detail);
    store.set(width, 610);
    store.set(width, 620);
    rest();
    expect(asked.map(({ wish }) => wish.parameters)).toEqual([{ width: 620 }]);
    store.set(width, 600);
    expect(store.getState().changed).toEqual({});
  });

  it('shows the answer to the latest wish, whichever comes first', async () => {
    const { store, asked, rest } = customizer();
    store.begin(detail);
    rest();
    store.set(width, 700);
    rest();
    asked[1]?.answer(quoteOf('700'));
    asked[0]?.answer(quoteOf('600'));
    await settled();
    expect(store.getState().quote?.price.total.minor).toBe('700');
  });

  it('keeps the last good shape when the server refuses a value', async () => {
    const { store, asked, rest } = customizer();
    store.begin(detail);
    rest();
    asked[0]?.answer(quoteOf('600'));
    await settled();
    store.set(width, 9_000);
    rest();
    asked[1]?.refuse(new ServerProblem({ code: 'x', status: 422, detail: 'Too wide.' }));
    await settled();
    expect(store.getState().quote?.price.total.minor).toBe('600');
    expect(store.getState().problem).toBeInstanceOf(ServerProblem);
  });

  it('writes parameters into an address and reads them again', () => {
    const changed = { width: 640, wood: 'oak', door: true };
    expect(parametersFromSearch(`?${parametersToSearch(changed)}`, definitions)).toEqual(changed);
    expect(parametersFromSearch('?width=abc&wood=lead&nothing=1&door=false', definitions)).toEqual({});
  });
});

describe('the form of a design', () => {
  it('is made from the definitions, the maker’s fields under a fold', () => {
    const { store } = customizer();
    renderInPage(<ParameterForm store={store} detail={detail} />, createWorldStore());
    expect(screen.getByLabelText('Width', { selector: 'input' })).toBeDefined();
    expect(screen.getByText('400 to 800 mm')).toBeDefined();
    expect(screen.getByLabelText('Measured thickness').closest('details')).not.toBeNull();
    expect(screen.getByLabelText('Width', { selector: 'input' }).closest('details')).toBeNull();
  });

  it('takes choices, switches and presets', () => {
    const { store } = customizer();
    renderInPage(<ParameterForm store={store} detail={detail} />, createWorldStore());
    fireEvent.change(screen.getByLabelText('Wood'), { target: { value: 'oak' } });
    fireEvent.click(screen.getByLabelText('Door'));
    expect(store.getState().changed).toEqual({ wood: 'oak', door: true });
    fireEvent.click(screen.getByRole('button', { name: 'Wide' }));
    expect(store.getState().changed).toEqual({ width: 800 });
  });

  it('says at the field, in the reader’s language, that a value is out of its limits', async () => {
    const { store, asked, rest } = customizer();
    store.begin(detail);
    rest();
    const details = {
      name: 'width',
      caption: { en: 'Width', fr: 'Largeur' },
      min: 400,
      max: 800,
      unit: 'mm',
      value: 9_000,
    };
    asked[0]?.refuse(
      new ServerProblem({ code: 'parameter.out-of-range', status: 422, detail: 'Width must be …', details }),
    );
    await settled();
    renderInPage(<ParameterForm store={store} detail={detail} />, createWorldStore(), 'fr');
    const words = screen.getByText(/Largeur : la valeur doit être comprise entre 400 et 800 mm/);
    expect(words.closest('.field')).not.toBeNull();
  });
});

import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawnCheck } from '../../web/ledger/drawn-check.ts';
import { drawTree, stateOf } from '../../web/ledger/tree-drawing.ts';
import { WholeLogPanel } from '../../web/ledger/WholeLogPanel.tsx';
import type {
  FromVerifier,
  ToVerifier,
  VerifiedLog,
  WholeLogFault,
} from '../../web/ledger/whole-log/messages.ts';
import { createWholeLogStore } from '../../web/ledger/whole-log-store.ts';
import { createWorldStore } from '../../web/live/world-store.ts';
import { renderInPage } from './in-page.tsx';

const verified: VerifiedLog = {
  verifierKey: 'here+12345678+AAAA',
  note: 'a signed note of 40 entries',
  origin: 'here.example/log',
  size: 40,
  root: 'cm9vdA==',
  trust: 'own',
  witnesses: [],
  signatures: 44,
  unknown: 0,
};

let slots: Map<string, string>;
let told: ToVerifier[];
let ended: number;
let hear: (news: FromVerifier) => void;

beforeEach(() => {
  slots = new Map();
  told = [];
  ended = 0;
});

afterEach(cleanup);

function openStore() {
  return createWholeLogStore(
    (listen) => {
      hear = listen;
      return {
        tell: (message) => told.push(message),
        end: () => {
          ended += 1;
        },
      };
    },
    {
      getItem: (key) => slots.get(key) ?? null,
      setItem: (key, value) => void slots.set(key, value),
      removeItem: (key) => void slots.delete(key),
    },
    () => 1_790_000_000_000,
  );
}

function showPanel(language: 'en' | 'fr' = 'en') {
  const store = openStore();
  const world = createWorldStore();
  world.setState({ size: 40, log: 'here' });
  renderInPage(<WholeLogPanel store={store} />, world, language);
  return { store, says: (news: FromVerifier) => act(() => hear(news)) };
}

const faultOf = (fault: WholeLogFault, index?: number): FromVerifier => ({
  kind: 'fault',
  found: { fault, reason: 'its own words', ...(index === undefined ? {} : { index }) },
});

describe('the panel of the whole ledger', () => {
  it('verifies on one button, shows how far it is, and says what was verified', () => {
    const { says } = showPanel();
    fireEvent.click(screen.getByRole('button', { name: 'Verify all 40 entries' }));
    expect(told).toEqual([{ kind: 'verify' }]);
    says({ kind: 'progress', progress: { phase: 'entries', done: 10, total: 40 } });
    const bar = screen.getByRole('progressbar');
    expect(bar.getAttribute('aria-valuenow')).toBe('10');
    expect(bar.getAttribute('aria-valuetext')).toContain('10 of 40 entries');
    says({ kind: 'verified', log: verified });
    expect(screen.getByRole('status').textContent).toContain('All 40 entries are as they were signed');
    expect(screen.getByText('cm9vdA==')).toBeTruthy();
    expect(screen.getByText('44')).toBeTruthy();
    expect(screen.getByRole('img').getAttribute('aria-label')).toContain(
      '20 checked. They lead to the signed root',
    );
  });

  it('can be stopped, and says how far it was', () => {
    const { says } = showPanel();
    fireEvent.click(screen.getByRole('button', { name: 'Verify all 40 entries' }));
    says({ kind: 'progress', progress: { phase: 'entries', done: 10, total: 40 } });
    fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
    expect(ended).toBe(1);
    expect(screen.getByRole('status').textContent).toContain('the first 10 entries');
  });

  it('names the fault in the language of the reader, with the first bad entry as a link', () => {
    const { says } = showPanel('fr');
    fireEvent.click(screen.getByRole('button', { name: 'Vérifier les 40 écritures' }));
    says({ kind: 'progress', progress: { phase: 'entries', done: 20, total: 40 } });
    says(faultOf('changed-entry', 23));
    expect(screen.getByRole('alert').textContent).toContain('Une écriture n’est pas celle qui a été signée');
    expect(screen.getByRole('alert').textContent).toContain('changed-entry: its own words');
    expect(screen.getByRole('link', { name: 'Ouvrir l’écriture 23' }).getAttribute('href')).toBe(
      '/ledger/23',
    );
    expect(screen.getByRole('img').getAttribute('data-tree')).toBe('bad');
  });

  it('offers both checkpoints where one contradicts the other', () => {
    const { says } = showPanel();
    fireEvent.click(screen.getByRole('button', { name: 'Verify all 40 entries' }));
    says({
      kind: 'fault',
      found: { fault: 'fork', reason: 'two', evidence: { older: 'one note', newer: 'another' } },
    });
    expect(screen.getByRole('button', { name: 'Save both signed checkpoints' })).toBeTruthy();
  });
});

describe('what a browser remembers', () => {
  it('is the last checkpoint that was verified, and goes along with the next visit', () => {
    const first = openStore();
    first.verify();
    hear({ kind: 'verified', log: verified });
    const second = openStore();
    expect(second.getState().remembered).toMatchObject({ size: 40 });
    second.verify();
    const { verifierKey, note } = verified;
    expect(told.at(-1)).toEqual({ kind: 'verify', kept: { verifierKey, note } });
  });

  it('stays when a fault is found, until the reader lets it go', () => {
    openStore().verify();
    hear({ kind: 'verified', log: verified });
    const second = openStore();
    second.verify();
    hear(faultOf('fork'));
    expect(second.getState().stage).toMatchObject({ name: 'faulty' });
    expect(openStore().getState().remembered).toBeDefined();
    second.forget();
    expect(openStore().getState().remembered).toBeUndefined();
  });

  it('is nothing where it cannot be read', () => {
    for (const text of ['nonsense', 'null', '{"note":"x"}']) {
      slots.set('commonwright.verified-ledger', text);
      expect(openStore().getState().remembered).toBeUndefined();
    }
  });
});

describe('a ledger that is followed', () => {
  it('is looked at again, one look at a time', () => {
    const store = openStore();
    store.advance();
    store.verify();
    store.advance();
    hear({ kind: 'verified', log: verified });
    store.advance();
    store.advance();
    expect(told.map(({ kind }) => kind)).toEqual(['verify', 'advance']);
    hear({ kind: 'verified', log: { ...verified, size: 45 } });
    expect(store.getState()).toMatchObject({ isBusy: false, verified: { size: 45 } });
  });

  it('stays verified up to where it was while the server is away, and not when it is wrong', () => {
    const store = openStore();
    store.verify();
    hear({ kind: 'verified', log: verified });
    store.advance();
    hear(faultOf('unreachable'));
    expect(store.getState().stage).toMatchObject({ name: 'following', trouble: { fault: 'unreachable' } });
    store.advance();
    hear({ kind: 'verified', log: verified });
    expect(store.getState().stage).toEqual({ name: 'following' });
    store.advance();
    hear(faultOf('rollback'));
    expect(store.getState().stage).toMatchObject({ name: 'faulty' });
  });
});

describe('the drawing of the tree', () => {
  it('folds entries into plates by powers of two, with the joints of RFC 6962 above', () => {
    const tree = drawTree(1_300, 32);
    expect(tree.unit).toBe(64);
    expect(tree.plates).toHaveLength(21);
    expect(tree.plates.at(-1)).toEqual({ first: 1_280, count: 20 });
    expect(tree.joints).toHaveLength(20);
    const root = tree.joints.at(-1);
    expect(root).toMatchObject({ first: 0, count: 1_300, row: tree.rows });
    expect(root?.children.map(({ first, count }) => [first, count])).toEqual([
      [0, 1_024],
      [1_024, 276],
    ]);
  });

  it('bears any size, from none to a billion', () => {
    for (const size of [0, 1, 2, 3, 31, 32, 33, 1_000_000_007]) {
      const { plates, joints } = drawTree(size, 16);
      expect(plates.length).toBeLessThanOrEqual(16);
      expect(plates.reduce((sum, { count }) => sum + count, 0)).toBe(size);
      expect(joints).toHaveLength(Math.max(0, plates.length - 1));
    }
  });

  it('marks what is checked, under way, to come, and at fault', () => {
    const span = { first: 64, count: 64 };
    expect(stateOf(span, { done: 64 })).toBe('open');
    expect(stateOf(span, { done: 65 })).toBe('now');
    expect(stateOf(span, { done: 128 })).toBe('good');
    expect(stateOf(span, { done: 70, badIndex: 127 })).toBe('bad');
    expect(stateOf(span, { done: 70, badIndex: 128 })).toBe('now');
  });

  it('seals the root only when it was reached, and blames the seal only for what it says itself', () => {
    const store = openStore();
    expect(drawnCheck(store.getState(), 40)).toMatchObject({ size: 40, seal: 'open', root: 'open' });
    store.verify();
    hear({ kind: 'progress', progress: { phase: 'entries', done: 40, total: 40 } });
    expect(drawnCheck(store.getState(), 40)).toMatchObject({ seal: 'good', root: 'now' });
    hear({ kind: 'verified', log: verified });
    expect(drawnCheck(store.getState(), 40)).toMatchObject({ seal: 'good', root: 'good' });
    expect(drawnCheck(store.getState(), 43)).toMatchObject({ size: 43, root: 'now', checked: { done: 40 } });
    hear(faultOf('bad-signature'));
    expect(drawnCheck(store.getState(), 43)).toMatchObject({ seal: 'bad', root: 'open' });
    hear(faultOf('bad-root'));
    expect(drawnCheck(store.getState(), 43)).toMatchObject({ size: 40, seal: 'good', root: 'bad' });
  });
});

import { cleanup, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OrderMoney } from '../../web/job/OrderMoney.tsx';
import { useOlder } from '../../web/live/use-older.ts';
import { createWorldStore, handlersFor } from '../../web/live/world-store.ts';
import { renderInPage } from './in-page.tsx';
import { JOB, jobIn, ORDER, order, snapshotWith } from './mock-world.ts';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function Page({ kind, id }: { kind: 'order' | 'job'; id: string }) {
  const found = useOlder(kind, id);
  return (
    <>
      <p data-testid="found">{found}</p>
      <OrderMoney order={ORDER} />
    </>
  );
}

/** A server that knows these addresses, and how often it was asked. */
function serveOnly(known: Record<string, unknown>): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    const body = known[path];
    return body === undefined
      ? Response.json({ code: 'order.unknown', detail: 'There is none.' }, { status: 404 })
      : Response.json(body);
  });
  return asked;
}

/** A world whose snapshot no longer carries the order and its job. */
function laterWorld() {
  const store = createWorldStore();
  const { views } = snapshotWith(jobIn('made'));
  const handlers = handlersFor(store, () => 5_000);
  const snapshot = snapshotWith(jobIn('made'), { views: { ...views, orders: [], jobs: [] } });
  handlers.reply(snapshot);
  return { store, handlers, snapshot };
}

const archive = { [`/api/orders/${ORDER}`]: order, [`/api/jobs/${JOB}`]: jobIn('made') };
const found = () => screen.getByTestId('found').textContent;

describe('an order that ended long ago', () => {
  it.each([
    ['order', ORDER],
    ['job', JOB],
  ] as const)('is asked for when its %s is opened, and shows where its price went', async (kind, id) => {
    serveOnly(archive);
    const { store } = laterWorld();
    renderInPage(<Page kind={kind} id={id} />, store);
    expect(found()).toBe('looking');
    await waitFor(() => expect(found()).toBe('there'));
    expect(store.getState().jobs[JOB]?.state).toBe('made');
    expect(screen.getByText(/51.80/)).toBeTruthy();
  });

  it('is asked for again when a snapshot comes without it', async () => {
    const asked = serveOnly(archive);
    const { store, handlers, snapshot } = laterWorld();
    renderInPage(<Page kind="order" id={ORDER} />, store);
    await waitFor(() => expect(found()).toBe('there'));
    handlers.reply(snapshot);
    await waitFor(() => expect(asked).toHaveLength(4));
    await waitFor(() => expect(found()).toBe('there'));
  });

  it('is not here where the server does not know it either', async () => {
    serveOnly({});
    renderInPage(<Page kind="order" id={ORDER} />, laterWorld().store);
    await waitFor(() => expect(found()).toBe('nowhere'));
  });

  it('never replaces what the server has sent by itself', async () => {
    serveOnly({ ...archive, [`/api/jobs/${JOB}`]: jobIn('wanted') });
    const { store, handlers } = laterWorld();
    renderInPage(<Page kind="order" id={ORDER} />, store);
    handlers.delta({ kind: 'delta', from: 4, to: 5, changed: { jobs: [jobIn('made')] }, entries: [] });
    await waitFor(() => expect(found()).toBe('there'));
    expect(store.getState().jobs[JOB]?.state).toBe('made');
  });
});

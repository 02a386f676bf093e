import { useContext, useEffect } from 'react';
import type { JobView, OrderView } from '#contract/views.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { readJob, readOrder } from '../server-link.ts';
import { useWorld, WorldContext } from './use-world.ts';
import { takeOlder } from './world.ts';

/** Jobs of an old order that are read with it: more than a screen shows, and each is a request. */
const OLD_JOBS_MAX = 60;

type Older = { orders: OrderView[]; jobs: JobView[] };

/**
 * Looks for an order or a job that the server does not send by itself any more, because it ended long ago. What is
 * found becomes a part of the world. Tells whether there is still hope.
 */
export function useOlder(kind: 'order' | 'job', id: string): 'there' | 'looking' | 'nowhere' {
  const store = useContext(WorldContext);
  const isThere = useWorld((world) => (kind === 'order' ? world.orders : world.jobs)[id] !== undefined);
  const isKnown = useWorld((world) => world.log !== '');
  const loaded = useLoaded(isKnown && !isThere ? id : undefined, kind === 'order' ? loadOrder : loadJob);
  const found = loaded.state === 'ready' ? loaded.value : undefined;
  useEffect(() => {
    if (found !== undefined) store.setState(takeOlder(store.getState(), found), true);
  }, [found, store]);
  if (isThere) return 'there';
  return loaded.state === 'failed' ? 'nowhere' : 'looking';
}

async function loadOrder(id: string): Promise<Older> {
  const order = await readOrder(id);
  return { orders: [order], jobs: await Promise.all(order.jobs.slice(0, OLD_JOBS_MAX).map(readJob)) };
}

/** With its order, which says where the money went. */
async function loadJob(id: string): Promise<Older> {
  const job = await readJob(id);
  return { orders: [await readOrder(job.order)], jobs: [job] };
}

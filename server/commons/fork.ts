import { OverlayMap } from './overlay-map.ts';
import { OverlaySet } from './overlay-set.ts';
import type { CommonsState } from './state.ts';

/**
 * A state that reads through to `base` and keeps its changes to itself, so that entries can be tried before they are
 * durable. `keep` writes the changes into the base, which then is what folding the same entries into it would have
 * made of it; a fork that is dropped leaves no trace. The base must not change before `keep`.
 */
export function forkOf(base: CommonsState): { state: CommonsState; keep(): void } {
  const agents = new OverlayMap(base.agents);
  const keys = new OverlayMap(base.keys);
  const designs = new OverlayMap(base.designs);
  const labs = new OverlayMap(base.labs);
  const orders = new OverlayMap(base.orders);
  const all = new OverlayMap(base.jobs.all);
  const open = new OverlaySet(base.jobs.open);
  const accounts = new OverlayMap(base.accounts);
  const endedOrders = new OverlaySet(base.endedOrders);
  const overlays = [agents, keys, designs, labs, orders, all, open, accounts, endedOrders];
  const { size, charter } = base;
  const jobs = { all, open };
  const state = { size, charter, agents, keys, designs, labs, orders, jobs, accounts, endedOrders };
  return {
    state,
    keep() {
      for (const overlay of overlays) overlay.keep();
      base.size = state.size;
      base.charter = state.charter;
    },
  };
}

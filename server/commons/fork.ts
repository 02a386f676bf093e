import { OverlayMap } from './overlay-map.ts';
import { OverlaySet } from './overlay-set.ts';
import type { CommonsState } from './state.ts';

/**
 * A state that reads through to `base` and keeps its changes to itself, so that entries can be tried before they are
 * durable. `keep` writes the changes into a state that is what the base was, the base itself or the one that it was a fork of,
 * which then is what folding the same entries into it would have made of it; a fork that is dropped leaves no trace. The base
 * must not change before `keep`.
 */
export function forkOf(base: CommonsState): { state: CommonsState; keep(into: CommonsState): void } {
  const agents = new OverlayMap(base.agents);
  const keys = new OverlayMap(base.keys);
  const designs = new OverlayMap(base.designs);
  const labs = new OverlayMap(base.labs);
  const orders = new OverlayMap(base.orders);
  const all = new OverlayMap(base.jobs.all);
  const open = new OverlaySet(base.jobs.open);
  const accounts = new OverlayMap(base.accounts);
  const endedOrders = new OverlaySet(base.endedOrders);
  const { size, charter } = base;
  const jobs = { all, open };
  const state = { size, charter, agents, keys, designs, labs, orders, jobs, accounts, endedOrders };
  return {
    state,
    keep(into) {
      agents.keep(into.agents);
      keys.keep(into.keys);
      designs.keep(into.designs);
      labs.keep(into.labs);
      orders.keep(into.orders);
      all.keep(into.jobs.all);
      open.keep(into.jobs.open);
      accounts.keep(into.accounts);
      endedOrders.keep(into.endedOrders);
      into.size = state.size;
      into.charter = state.charter;
    },
  };
}

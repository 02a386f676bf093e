import type { Delta, Snapshot, Visitor } from '#contract/live-events.ts';
import type { MachineLive, Views } from '#contract/views.ts';
import { entryLines } from '../commons/entry-lines.ts';
import type { LoggedEntry } from '../commons/fact.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import type { RouteNow } from '../commons/route-now.ts';
import { knownRulePack } from '../commons/state.ts';
import { changedViews, viewsOf, wantedViews } from '../commons/views.ts';
import type { LiveMachines, LiveSource } from './live-server.ts';

/** A page that was away longer gets a snapshot: replaying more would cost both sides more than starting over. */
export const REMEMBERED_ENTRIES_MAX = 1_000;
/** What the first screens of the ledger page list; older entries are asked for by their index. */
const SNAPSHOT_ENTRIES = 200;
/** Machines come and go in bursts when a bridge connects: one change of the wanted jobs for the burst. */
const ROUTES_SETTLE_MS = 250;

/**
 * Turns commits into numbered changes of what pages show. The newest entries stay in memory, so that every answer is
 * made in one turn of the event loop from one state and fits the deltas that follow it.
 */
export function followLedger(parts: {
  ledger: Pick<LedgerPort, 'state' | 'subscribe'>;
  /** Newest entries of the ledger at the start, oldest first. */
  newest: readonly LoggedEntry[];
  /** Identity of this log, e.g. origin and key. */
  log: string;
  communityName: () => string;
  route: RouteNow;
  machines: LiveMachines & { machineLive(): MachineLive[]; telemetry(): Snapshot['telemetry'] };
}): LiveSource & { snapshot(visitor: Visitor): Snapshot; stop(): void } {
  const { ledger, log, route, machines } = parts;
  const listeners = new Set<(delta: Delta) => void>();
  let remembered = parts.newest.slice(-REMEMBERED_ENTRIES_MAX);
  let cached: { size: number; views: Views } | undefined;
  let settling: NodeJS.Timeout | undefined;

  const tell = (delta: Delta) => {
    for (const listener of listeners) listener(delta);
  };

  const stopFollowing = ledger.subscribe((entries) => {
    const [first] = entries;
    if (first === undefined) return;
    remembered = [...remembered, ...entries].slice(-REMEMBERED_ENTRIES_MAX);
    cached = undefined;
    if (listeners.size === 0) return;
    tell(deltaOf(first.index, entries));
  });

  const deltaOf = (from: number, entries: readonly LoggedEntry[]): Delta => {
    const to = (entries.at(-1)?.index ?? from - 1) + 1;
    const changed = changedViews(ledger.state(), entries, route);
    return { kind: 'delta', from, to, changed, entries: entryLines(entries) };
  };

  const routesMoved = () => {
    cached = undefined;
    settling ??= setTimeout(() => {
      settling = undefined;
      const state = ledger.state();
      const changed = wantedViews(state, route);
      if (Object.keys(changed).length === 0) return;
      tell({ kind: 'delta', from: state.size, to: state.size, changed, entries: [] });
    }, ROUTES_SETTLE_MS);
  };
  const connected = new Map<string, boolean>();
  const stopMachines = machines.onMachine(({ lab, machine, state }) => {
    const isOnline = state !== 'offline';
    const key = `${lab}/${machine}`;
    if (connected.get(key) === isOnline) return;
    connected.set(key, isOnline);
    routesMoved();
  });

  const snapshot = (visitor: Visitor): Snapshot => {
    const state = ledger.state();
    if (cached?.size !== state.size) cached = { size: state.size, views: viewsOf(state, route) };
    return {
      kind: 'snapshot',
      size: state.size,
      log,
      community: { name: parts.communityName(), rulePack: knownRulePack(state) },
      visitor,
      views: cached.views,
      machines: machines.machineLive(),
      telemetry: machines.telemetry(),
      entries: entryLines(remembered.slice(-SNAPSHOT_ENTRIES)),
    };
  };

  return {
    snapshot,
    answer(request, visitor) {
      const { size } = ledger.state();
      const since = request.since ?? -1;
      const oldest = remembered[0]?.index ?? size;
      const canContinue = request.log === log && since >= oldest && since <= size;
      if (!canContinue) return snapshot(visitor);
      return deltaOf(since, remembered.slice(since - oldest));
    },
    onDelta(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      stopFollowing();
      stopMachines();
      clearTimeout(settling);
      listeners.clear();
    },
  };
}

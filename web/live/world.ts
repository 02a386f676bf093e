import type { Delta, Snapshot, Telemetry, Visitor } from '#contract/live-events.ts';
import type {
  AccountView,
  CommunityView,
  DesignView,
  EntryLine,
  JobView,
  LabView,
  MachineLive,
  OrderView,
  Views,
} from '#contract/views.ts';

/** How many of the newest entries the page keeps at hand; older ones are read from the log. */
const RECENT_ENTRIES_MAX = 2_000;

export type Heard = Telemetry & {
  /** When this page heard it, by its own clock. */
  heardMs: number;
};

/** What this page knows of the server's world. */
export interface World {
  connection: 'connecting' | 'live' | 'lost';
  size: number;
  log: string;
  community: CommunityView | undefined;
  visitor: Visitor | undefined;
  designs: Readonly<Record<string, DesignView>>;
  labs: Readonly<Record<string, LabView>>;
  orders: Readonly<Record<string, OrderView>>;
  jobs: Readonly<Record<string, JobView>>;
  accounts: Readonly<Record<string, AccountView>>;
  /** By `lab/machine`. */
  machines: Readonly<Record<string, MachineLive>>;
  /** By job; only jobs on a machine. */
  telemetry: Readonly<Record<string, Heard>>;
  /** Oldest first. */
  entries: readonly EntryLine[];
}

export const emptyWorld: World = {
  connection: 'connecting',
  size: 0,
  log: '',
  community: undefined,
  visitor: undefined,
  designs: {},
  labs: {},
  orders: {},
  jobs: {},
  accounts: {},
  machines: {},
  telemetry: {},
  entries: [],
};

const byKey = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Record<string, Item> =>
  Object.fromEntries(items.map((item) => [keyOf(item), item]));

export const machineKey = (at: { lab: string; machine: string }): string => `${at.lab}/${at.machine}`;

/** A snapshot replaces everything: it may come from another log than the one known so far. */
export function takeSnapshot(snapshot: Snapshot, nowMs: number): World {
  return {
    connection: 'live',
    size: snapshot.size,
    log: snapshot.log,
    community: snapshot.community,
    visitor: snapshot.visitor,
    ...viewsOf(snapshot.views),
    machines: byKey(snapshot.machines, machineKey),
    telemetry: byKey(
      snapshot.telemetry.map((one) => ({ ...one, heardMs: nowMs })),
      ({ job }) => job,
    ),
    entries: snapshot.entries,
  };
}

function viewsOf(views: Partial<Views> | Delta['changed']) {
  return {
    designs: byKey(views.designs ?? [], ({ design }) => design),
    labs: byKey(views.labs ?? [], ({ lab }) => lab),
    orders: byKey(views.orders ?? [], ({ order }) => order),
    jobs: byKey(views.jobs ?? [], ({ job }) => job),
    accounts: byKey(views.accounts ?? [], ({ agent }) => agent),
  };
}

/** The world after a delta; undefined where it does not join on to what is known. An old delta changes nothing. */
export function takeDelta(world: World, delta: Delta): World | undefined {
  if (delta.to <= world.size && delta.from < world.size) return world;
  if (delta.from !== world.size) return undefined;
  const changed = viewsOf(delta.changed);
  const jobs = { ...world.jobs, ...changed.jobs };
  return {
    ...world,
    connection: 'live',
    size: delta.to,
    designs: { ...world.designs, ...changed.designs },
    labs: { ...world.labs, ...changed.labs },
    orders: { ...world.orders, ...changed.orders },
    jobs,
    accounts: { ...world.accounts, ...changed.accounts },
    telemetry: Object.fromEntries(Object.entries(world.telemetry).filter(([job]) => isOnMachine(jobs[job]))),
    entries: joined(world.entries, delta.entries),
  };
}

function joined(known: readonly EntryLine[], more: readonly EntryLine[]): readonly EntryLine[] {
  const last = known.at(-1)?.index ?? -1;
  const news = more.filter(({ index }) => index > last);
  return news.length === 0 ? known : [...known, ...news].slice(-RECENT_ENTRIES_MAX);
}

const isOnMachine = (job: JobView | undefined) => job?.state === 'running' || job?.state === 'unknown';

/** Views that were asked for: what the server has sent by itself is newer. */
export function takeOlder(world: World, { orders, jobs }: Pick<Views, 'orders' | 'jobs'>): World {
  const older = viewsOf({ orders, jobs });
  return { ...world, orders: { ...older.orders, ...world.orders }, jobs: { ...older.jobs, ...world.jobs } };
}

export function takeMachines(world: World, machines: readonly MachineLive[]): World {
  return { ...world, machines: { ...world.machines, ...byKey(machines, machineKey) } };
}

/** Telemetry may be lost or late: a job that is over has none. */
export function takeTelemetry(world: World, telemetry: readonly Telemetry[], nowMs: number): World {
  const news = telemetry
    .filter(({ job, timeMs }) => timeMs >= (world.telemetry[job]?.timeMs ?? 0) && !isOver(world.jobs[job]))
    .map((one) => ({ ...one, heardMs: nowMs }));
  return { ...world, telemetry: { ...world.telemetry, ...byKey(news, ({ job }) => job) } };
}

const isOver = (job: JobView | undefined) =>
  job !== undefined && (job.state === 'made' || job.state === 'failed' || job.state === 'cancelled');

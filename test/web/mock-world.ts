import type { Delta, Snapshot, Telemetry } from '#contract/live-events.ts';
import type { DesignView, JobView, LabView, OrderView } from '#contract/views.ts';

/** A small world as a server would send it: one lab, one design, one order. */

export const hashOf = (digit: string) => `sha256:${digit.repeat(64)}`;
export const JOB = '00000000-0000-4000-8000-000000000001';
export const ORDER = '00000000-0000-4000-8000-000000000002';

export const design: DesignView = {
  design: 'stool',
  version: hashOf('a'),
  number: 1,
  name: 'Stool',
  caption: { en: 'Stool', fr: 'Tabouret' },
  licence: 'CERN-OHL-S-2.0',
  processes: ['cut'],
  contributors: [{ agent: 'ada', name: 'Ada', weight: 1 }],
  summary: hashOf('b'),
  publishedMs: 1_000,
  made: 0,
  running: 0,
};

export const lab: LabView = {
  lab: 'atelier',
  name: 'Atelier Nord',
  place: 'Lyon',
  consent: 'automatic',
  bedClear: 'by-hand',
  openedMs: 1_000,
  machines: [
    {
      machine: 'router',
      name: 'Router',
      process: 'cut',
      envelope: { xMm: 2_500, yMm: 1_300, zMm: 100 },
      controller: 'grbl',
      cutter: { name: 'two flutes', diameterUm: 6_000 },
      materials: ['plywood'],
      simulated: true,
    },
  ],
  stock: [],
};

export function jobIn(state: JobView['state'], more: Partial<JobView> = {}): JobView {
  return {
    job: JOB,
    order: ORDER,
    number: 1,
    of: 1,
    title: 'Sheet 1 of 1',
    design: 'stool',
    designName: { en: 'Stool', fr: 'Tabouret' },
    designNumber: 1,
    requirement: {
      process: 'cut',
      material: 'plywood',
      thicknessUm: 18_000,
      sheet: { lengthMm: 2_440, widthMm: 1_220 },
      narrowestOpeningUm: 0,
    },
    state,
    waitsForBedClear: false,
    file: { hash: hashOf('c'), bytes: 10, mime: 'application/json' },
    estimatedSeconds: 600,
    openedMs: 1_000,
    changedMs: 2_000,
    candidates: [],
    refusals: [],
    history: [{ index: 3, type: 'job.opened', timeMs: 1_000 }],
    ...more,
  };
}

export const order: OrderView = {
  order: ORDER,
  by: 'local-person',
  byName: 'You',
  design: 'stool',
  designName: { en: 'Stool', fr: 'Tabouret' },
  version: hashOf('a'),
  parameters: {},
  quantity: 1,
  state: 'evaluated',
  placedMs: 1_000,
  price: { total: { minor: '5180', currency: 'EUR' }, lines: [] },
  shares: [
    { agent: 'ada', reason: 'design', minor: '1240' },
    { agent: 'atelier', reason: 'work', minor: '3940' },
  ],
  isShared: false,
  jobs: [JOB],
  history: [],
};

export function snapshotWith(job: JobView, more: Partial<Snapshot> = {}): Snapshot {
  return {
    kind: 'snapshot',
    size: 4,
    log: 'log-a',
    community: {
      name: 'Open workshop',
      rulePack: {
        version: 1,
        currency: 'EUR',
        designBasisPoints: 2_000,
        fundBasisPoints: 500,
        sheetMinorPerM2: [],
        otherSheetMinorPerM2: 3_000,
        filamentMinorPerKg: 2_500,
        machineMinorPerHour: { cut: 3_000, print: 400 },
        workMinorPerJob: 600,
      },
    },
    visitor: { agent: 'local-person', name: 'You', canAct: true },
    views: { designs: [design], labs: [lab], orders: [order], jobs: [job], accounts: [] },
    machines: [],
    telemetry: [],
    entries: [{ index: 3, type: 'job.opened', stream: `job/${JOB}`, timeMs: 1_000 }],
    ...more,
  };
}

export function deltaWith(from: number, job: JobView): Delta {
  return {
    kind: 'delta',
    from,
    to: from + 1,
    changed: { jobs: [job] },
    entries: [{ index: from, type: 'job.taken', stream: `job/${JOB}`, timeMs: 2_000 }],
  };
}

export function heard(progress: number, timeMs: number): Telemetry {
  return {
    lab: 'atelier',
    machine: 'router',
    job: JOB,
    timeMs,
    state: 'running',
    line: 10,
    linesTotal: 100,
    progress,
  };
}

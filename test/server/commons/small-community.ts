import { createHash } from 'node:crypto';
import type { DesignReport, DesignSummary, WorkPiece } from '#contract/design.ts';
import { toDidKey } from '#contract/did-key.ts';
import type { MachineDescription, StockLot } from '#contract/manufacturing.ts';
import { takeServerKey } from '../../../server/commons/agents/enrol-key.ts';
import { joinAgent } from '../../../server/commons/agents/join-agent.ts';
import { defaultRulePack } from '../../../server/commons/charter/default-rule-pack.ts';
import { foundCommunity } from '../../../server/commons/charter/found-community.ts';
import { commonsFold } from '../../../server/commons/commons.ts';
import { publishDesign } from '../../../server/commons/designs/publish-design.ts';
import {
  countStock,
  describeMachine,
  openLab,
  pairBridge,
} from '../../../server/commons/facilities/open-lab.ts';
import type { Context, Draft, RecordedEntry, Signature } from '../../../server/commons/fact.ts';
import { attemptOf } from '../../../server/commons/jobs/jobs.ts';
import { offerJob, takeJob } from '../../../server/commons/jobs/offer-job.ts';
import { type BridgeFact, recordBridgeFact } from '../../../server/commons/jobs/record-bridge-fact.ts';
import { placeOrder } from '../../../server/commons/orders/place-order.ts';
import { requirementOf } from '../../../server/commons/orders/requirement.ts';
import { routingOf } from '../../../server/matching/routing.ts';

export const hashOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
/** A public key that nobody has the other half of. */
export const keyOf = (name: string) => toDidKey(createHash('sha256').update(name).digest());
export const BRIDGE_KEY = keyOf('bridge');
export const SERVER_KEY = keyOf('server');
export const STOOL_V1 = hashOf('stool, first version');

/** The n-th id of a test: a UUID of version 7 that counts. */
export const uuid = (n: number) => `01890000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export const router: MachineDescription = {
  machine: 'router',
  name: 'CNC router',
  process: 'cut',
  envelope: { xMm: 2500, yMm: 1250, zMm: 100 },
  controller: 'grbl',
  cutter: { name: '6 mm two flutes', diameterUm: 6_000 },
  materials: ['plywood'],
  simulated: true,
};

export const printer: MachineDescription = {
  machine: 'printer',
  name: 'Printer',
  process: 'print',
  envelope: { xMm: 220, yMm: 220, zMm: 250 },
  controller: 'marlin',
  nozzleUm: 400,
  materials: ['PLA', 'PETG'],
  simulated: true,
};

export const plywood: StockLot = {
  ...{ form: 'sheet', material: 'plywood', lengthMm: 2440, widthMm: 1220, thicknessUm: 18_000, sheets: 20 },
};
export const pla: StockLot = { form: 'spool', material: 'PLA', massMg: 1_000_000 };

export const sheetPiece: WorkPiece = {
  process: 'cut',
  title: 'Stool, sheet 1',
  material: 'plywood',
  thicknessMm: 18,
  sheet: { lengthMm: 2440, widthMm: 1220 },
  layout: hashOf('layout'),
  dxf: hashOf('dxf'),
  utilisation: 0.6,
  innerRadiusMm: 3,
  narrowestOpeningMm: 18.2,
  parts: [{ partId: 'seat', quantity: 1 }],
  estimatedSeconds: 1_799.5,
};

export const platePiece: WorkPiece = {
  process: 'print',
  title: 'Corners, plate 1',
  material: 'PLA',
  size: { xMm: 100, yMm: 80, zMm: 40.5 },
  plate: hashOf('plate'),
  materialMg: 18_250,
  layerHeightMm: 0.2,
  parts: [{ partId: 'corner', quantity: 4 }],
  estimatedSeconds: 5_400,
};

export const stoolReport: DesignReport = {
  v: 1,
  evaluation: hashOf('evaluation'),
  geometry: hashOf('geometry'),
  parameters: { height: 450 },
  size: { xMm: 400, yMm: 400, zMm: 450 },
  massG: 4_000,
  volumeMm3: 6_000_000,
  parts: [
    {
      ...{ partId: 'seat', name: 'Seat', quantity: 1, process: 'cut', material: 'plywood' },
      ...{ size: { xMm: 400, yMm: 400, zMm: 18 }, volumeMm3: 1, massG: 1, isManifold: true },
      files: { stl: hashOf('stl') },
    },
  ],
  workPieces: [sheetPiece, platePiece],
  sheets: 1,
  files: { glb: hashOf('glb'), threeMf: hashOf('3mf'), stl: hashOf('stl') },
  engines: { manifold: '3' },
  seed: 1,
};

export const stoolSummary: DesignSummary = {
  name: 'Stool',
  version: '1.0.0',
  function: 'To sit on',
  caption: { en: 'Flat-pack stool', fr: 'Tabouret à plat' },
  description: { en: 'Four parts.' },
  licence: 'CERN-OHL-S-2.0',
  licensor: 'Ada',
  processes: ['cut', 'print'],
  contributors: [
    { name: 'Ada Lovelace', weight: 70 },
    { name: 'Bo', weight: 30 },
  ],
  parameters: [],
  presets: [],
};

interface FactData extends Record<string, unknown> {
  job: string;
  lab?: string;
  machine?: string;
  fence?: number;
}

type Rule = (context: Context) => Draft[];

type SignedRecord = RecordedEntry & { readonly sigs: readonly Signature[] };

/** A ledger in memory: appends what a rule decides, folds it, and keeps the entries for a replay. */
export class SmallCommunity {
  state = commonsFold.initial();
  readonly entries: SignedRecord[] = [];
  #ids = 0;
  /** With which the ledger signs its entries. */
  serverKey = SERVER_KEY;

  readonly context: Context;

  constructor() {
    const next = () => this.id();
    const nowMs = () => 1_700_000_000_000 + this.entries.length * 1_000;
    this.context = {
      get nowMs() {
        return nowMs();
      },
      newId: next,
    };
  }

  id(): string {
    this.#ids += 1;
    return uuid(this.#ids);
  }

  /** Types of the entries that a rule appended. */
  do(rule: Rule): string[] {
    return this.append(rule(this.context)).map(({ body }) => body.type);
  }

  append(drafts: readonly Draft[]): SignedRecord[] {
    const time = this.context.nowMs;
    const entries = drafts.map((draft, at): SignedRecord => {
      const { sigs = [], standsAlone = false, ...body } = draft;
      // The ledger keeps text: what is undefined or shared in memory must not matter.
      const kept: RecordedEntry['body'] = JSON.parse(JSON.stringify({ ...body, v: 1 }));
      const server = { kid: this.serverKey, sig: 'c2ln' };
      return {
        index: this.entries.length + at,
        body: kept,
        log: { time },
        sigs: standsAlone ? sigs : [...sigs, server],
      };
    });
    for (const entry of entries) {
      this.entries.push(entry);
      // Two folds share the ledger's entries: a rule that changed one would throw here.
      commonsFold.evolve(this.state, frozen(entry));
    }
    return entries;
  }

  readonly routing = (...[requirement, job]: Parameters<ReturnType<typeof routingOf>>) =>
    routingOf(this.state, () => true)(requirement, job);

  phaseOf(job: string) {
    const there = this.state.jobs.all.get(job);
    if (there === undefined) throw new Error(`no job ${job}`);
    return there.phase;
  }

  placeStool(quantity = 1, report = stoolReport): { order: string; jobs: string[] } {
    const order = this.id();
    this.do((context) => placeOrder(this.state, this.stoolOrder(order, quantity, report), context));
    return { order, jobs: [...(this.state.orders.get(order)?.jobs ?? [])] };
  }

  stoolOrder(order: string, quantity = 1, report = stoolReport) {
    return {
      ...{ order, by: 'visitor', design: 'stool', version: STOOL_V1, parameters: { height: 450 }, quantity },
      ...{ report, reportHash: hashOf('report') },
      routes: report.workPieces.map((piece) => this.routing(requirementOf(piece))),
      files: report.workPieces.map(({ title }) => ({
        ...{ hash: hashOf(title), bytes: 10, mime: 'application/json' },
      })),
    };
  }

  /** Offers the job to the lab's machine for it and takes it; gives the execution. */
  giveToMachine(job: string): string {
    const process = this.state.jobs.all.get(job)?.opened.requirement.process;
    const machine = process === 'cut' ? 'router' : 'printer';
    const execution = this.id();
    this.do((context) => offerJob(this.state, { job, execution, lab: 'lab', machine, score: 1.4 }, context));
    this.do((context) => takeJob(this.state, { job, execution, consent: 'automatic' }, context));
    return execution;
  }

  /** What the bridge of the lab says about the attempt that the job has now, or had. */
  factBody(job: string, type: string, more: Record<string, unknown> = {}) {
    const there = this.state.jobs.all.get(job);
    const attempt = there && attemptOf(there);
    const data: FactData = { job, ...attempt, ...factDefaults(type, this.context.nowMs), ...more };
    return { id: this.id(), stream: `job/${job}`, type, v: 1, data };
  }

  report(body: BridgeFact['body']): string[] {
    const sig = { kid: BRIDGE_KEY, sig: 'c2ln' };
    const fact = { lab: 'lab', body, sig, bridgeKey: BRIDGE_KEY };
    return this.do((context) => recordBridgeFact(this.state, fact, context));
  }

  bridgeSays(job: string, type: string, more: Record<string, unknown> = {}): string[] {
    return this.report(this.factBody(job, type, more));
  }

  start(job: string): string {
    const execution = this.giveToMachine(job);
    this.bridgeSays(job, 'job.prepared');
    this.bridgeSays(job, 'job.started');
    return execution;
  }

  make(job: string): string[] {
    this.start(job);
    return this.bridgeSays(job, 'job.finished');
  }
}

function factDefaults(type: string, at: number): Record<string, unknown> {
  switch (type) {
    case 'job.prepared': {
      const program = { hash: hashOf('program'), bytes: 100, mime: 'text/x-gcode' };
      return { program, lines: 1_000, estimatedSeconds: 1_500 };
    }
    case 'job.started':
      return { at, bedClearedBy: 'automatic' };
    case 'job.finished':
      return { at, seconds: 1_510, lines: 1_000 };
    case 'job.failed':
      return { at, cause: 'alarm', code: 'ALARM:1', words: 'Hard limit', started: true };
    default:
      return { reason: 'the bed is being repaired' };
  }
}

/** A community with one lab (a router and a printer, stocked), one design and a visitor. */
export function smallCommunity(consent: 'automatic' | 'by-hand' = 'automatic'): SmallCommunity {
  const there = new SmallCommunity();
  const { state } = there;
  const founding = { community: 'community', name: 'Commons', rulePack: defaultRulePack };
  there.do((context) => foundCommunity(state, founding, context));
  const server = { community: 'community', key: SERVER_KEY };
  there.do((context) => takeServerKey(state, server, context));
  there.do((context) => joinAgent(state, { agent: 'visitor', kind: 'person', name: 'The visitor' }, context));
  const lab = { lab: 'lab', name: 'Riverside Lab', place: 'Riverside', by: 'visitor' } as const;
  there.do((context) => openLab(state, { ...lab, consent, bedClear: 'automatic' }, context));
  there.do((context) => pairBridge(state, { lab: 'lab', key: BRIDGE_KEY }, context));
  for (const description of [router, printer])
    there.do((context) => describeMachine(state, { lab: 'lab', description }, context));
  there.do((context) => countStock(state, { lab: 'lab', lots: [plywood, pla], countedAt: 1 }, context));
  const design = {
    ...{ id: there.id(), design: 'stool', version: STOOL_V1, summary: stoolSummary },
    ...{ summaryHash: hashOf('summary'), by: 'visitor' },
    files: [{ path: 'design.ts', hash: hashOf('design.ts'), bytes: 1 }],
  };
  there.do((context) => publishDesign(state, design, context));
  return there;
}

/** The stable code of the AppError that a command throws; undefined where it throws none. */
export function refusalCode(command: () => unknown): string | undefined {
  try {
    command();
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(Object.freeze(value))) frozen(inner);
  return value;
}

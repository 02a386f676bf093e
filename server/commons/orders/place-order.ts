import type { DesignReport } from '#contract/design.ts';
import type { EntryParameters } from '#contract/entries.ts';
import type { Candidate, JobFile, Position, Refusal } from '#contract/manufacturing.ts';
import { AppError } from '../../errors.ts';
import { versionOf } from '../designs/designs.ts';
import { type Context, type Draft, draft, streams } from '../fact.ts';
import { hasSameContent } from '../same-content.ts';
import { type CommonsState, knownAgent, knownRulePack } from '../state.ts';
import { cannotBeMade, isLastinglyRefused } from './cannot-be-made.ts';
import { type JobCosts, quotePrice } from './price.ts';
import { requirementOf } from './requirement.ts';

/** More jobs than a lab's board can show; their entries must fit into half a commit of the ledger. */
export const ORDER_JOBS_MAX = 500;

export interface PlaceOrder {
  order: string;
  by: string;
  design: string;
  version: string;
  parameters: EntryParameters;
  quantity: number;
  destination?: Position | undefined;
  report: DesignReport;
  reportHash: string;
  /** For each work piece of the report: who could make it now. */
  routes: readonly { candidates: readonly Candidate[]; refusals: readonly Refusal[] }[];
  /** For each work piece of the report: the file that the bridge fetches (sheet layout, or plate). */
  files: readonly JobFile[];
}

/**
 * Places an order with its evaluation, its price and a job for every work piece of every copy. The same order again
 * changes nothing: its entry has the order's own id, so that the ledger recognises it when the state has let it go.
 * @throws AppError `order.taken` where the id has another content, `order.cannot-be-made` where no machine could
 *   ever make a work piece, `order.too-many-jobs`, `design.unknown`.
 */
export function placeOrder(state: CommonsState, command: PlaceOrder, context: Context): Draft[] {
  const { order, by, design, version, parameters, quantity, report } = command;
  const destination = command.destination && roughly(command.destination);
  const placed = {
    ...{ order, by, design, version, parameters, quantity },
    ...(destination === undefined ? {} : { destination }),
  };
  const there = state.orders.get(order);
  if (there !== undefined) {
    if (hasSameContent(there.placed, placed)) return [];
    throw new AppError('conflict', 'An order with this id exists already. Start a new order.', {
      code: 'order.taken',
    });
  }
  knownAgent(state, by);
  if (versionOf(state.designs, design, version) === undefined)
    throw new AppError('not-found', `There is no such version of the design "${design}". Publish it first.`, {
      code: 'design.unknown',
    });
  checkSize(command);
  refuseTheImpossible(command);
  const rulePack = knownRulePack(state);
  const { price, jobCosts } = quotePrice(report, quantity, rulePack);
  const stream = streams.order(order);
  return [
    draft('order.placed', stream, order, placed),
    draft('order.evaluated', stream, context.newId(), {
      order,
      evaluation: report.evaluation,
      geometry: report.geometry,
      report: command.reportHash,
      price,
      rulePackVersion: rulePack.version,
      jobs: jobCosts.length,
    }),
    ...jobCosts.map((costs, at) => openJob(command, costs, at, context)),
  ];
}

/** About a kilometre: enough to find a near lab, too coarse to find a house. */
const DESTINATION_GRID_UDEG = 10_000;

function roughly({ latitudeUdeg, longitudeUdeg }: Position): Position {
  const onGrid = (udeg: number) => Math.round(udeg / DESTINATION_GRID_UDEG) * DESTINATION_GRID_UDEG + 0;
  return { latitudeUdeg: onGrid(latitudeUdeg), longitudeUdeg: onGrid(longitudeUdeg) };
}

function openJob(
  { order, quantity, report, files }: PlaceOrder,
  costs: JobCosts,
  at: number,
  context: Context,
): Draft {
  const pieces = report.workPieces.length;
  const piece = report.workPieces[at % pieces];
  const file = files[at % pieces];
  if (piece === undefined || file === undefined) throw new Error('every job has a work piece and a file');
  const copy = quantity === 1 ? '' : ` (${Math.floor(at / pieces) + 1}/${quantity})`;
  const job = context.newId();
  return draft('job.opened', streams.job(job), job, {
    ...{ job, order, costs, file },
    number: at + 1,
    of: pieces * quantity,
    title: piece.title.slice(0, 120 - copy.length) + copy,
    requirement: requirementOf(piece),
    estimatedSeconds: Math.ceil(piece.estimatedSeconds),
  });
}

function checkSize({ report, quantity, routes, files }: PlaceOrder): void {
  const pieces = report.workPieces.length;
  if (routes.length !== pieces || files.length !== pieces)
    throw new Error('an order needs one route and one file for each work piece');
  const jobs = pieces * quantity;
  if (jobs > ORDER_JOBS_MAX)
    throw new AppError(
      'too-much',
      `${jobs} jobs are more than one order may have (${ORDER_JOBS_MAX}). Order fewer copies at once.`,
      { code: 'order.too-many-jobs', details: { jobs, most: ORDER_JOBS_MAX } },
    );
}

function refuseTheImpossible({ report, routes }: PlaceOrder): void {
  for (const [at, piece] of report.workPieces.entries()) {
    const route = routes[at];
    if (route !== undefined && isLastinglyRefused(route)) throw cannotBeMade(piece, route.refusals);
  }
}

import type { DesignReport, Parameters, WorkPiece } from '#contract/design.ts';
import type { PlaceOrder, Quote, RoutePreview } from '#contract/http.ts';
import type { JobFile, Position } from '#contract/manufacturing.ts';
import { PRINT_PLATE_MIME, SHEET_LAYOUT_MIME } from '#contract/sheet-layout.ts';
import type { DesignVersion } from '../commons/designs/designs.ts';
import { shareIncome } from '../commons/distributions/share-income.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import { parametersForEntry } from '../commons/orders/entry-parameters.ts';
import { LAB_TO_BE_FOUND } from '../commons/orders/order-view.ts';
import { placeOrder } from '../commons/orders/place-order.ts';
import { quotePrice } from '../commons/orders/price.ts';
import { requirementOf } from '../commons/orders/requirement.ts';
import type { RouteNow } from '../commons/route-now.ts';
import { FUND, knownRulePack } from '../commons/state.ts';
import { AppError } from '../errors.ts';
import type { Geometry } from '../geometry/evaluate-design.ts';
import type { BlobReader, DesignShelf } from '../publishing/design-shelf.ts';

/** Reports kept in memory, so that a design that many look at costs nothing; one is some kilobytes. */
const REPORTS_MAX = 500;

interface Wish {
  design: string;
  version?: string | undefined;
  parameters: Parameters;
}

interface Evaluated {
  published: DesignVersion;
  report: DesignReport;
  /** Of the report as a stored file: an order refers to it. */
  reportHash: string;
  files: JobFile[];
}

export interface Ordering {
  quote(wish: Wish & { quantity: number; destination?: Position | undefined }): Promise<Quote>;
  place(wish: PlaceOrder & { by: string }): Promise<{ order: string; isNew: boolean }>;
}

/** From a wish to a price, and from a price to an order with its jobs: evaluate → route → one commit. */
export function createOrdering(parts: {
  ledger: LedgerPort;
  shelf: DesignShelf;
  geometry: Geometry;
  blobs: BlobReader & { put(bytes: Uint8Array): Promise<string> };
  route: RouteNow;
}): Ordering {
  const { ledger, shelf, geometry, blobs, route } = parts;
  const evaluations = new Map<string, Evaluated>();

  const evaluate = async (wish: Wish): Promise<Evaluated> => {
    const { published, design } = await shelf.ready(wish.design, wish.version);
    const key = `${published.version} ${JSON.stringify(Object.entries(wish.parameters).sort())}`;
    const kept = evaluations.get(key);
    if (kept !== undefined) return kept;
    const report = await geometry.evaluate({ design, parameters: wish.parameters });
    const reportHash = await blobs.put(new TextEncoder().encode(JSON.stringify(report)));
    const files = await Promise.all(report.workPieces.map((piece) => jobFileOf(blobs, piece)));
    const evaluated = { published, report, reportHash, files };
    evaluations.set(key, evaluated);
    const [oldest] = evaluations.keys();
    if (evaluations.size > REPORTS_MAX && oldest !== undefined) evaluations.delete(oldest);
    return evaluated;
  };

  const routesOf = (report: DesignReport, destination: Position | undefined): RoutePreview[] =>
    report.workPieces.map((piece) => ({
      title: piece.title,
      ...route(requirementOf(piece), undefined, { destination }),
    }));

  return {
    async quote(wish) {
      const { published, report } = await evaluate(wish);
      const { quantity } = wish;
      const rulePack = knownRulePack(ledger.state());
      const { price, jobCosts } = quotePrice(report, quantity, rulePack);
      const routes = routesOf(report, wish.destination);
      const jobs = jobCosts.map((costs, at) => ({
        costs,
        lab: routes[at % routes.length]?.candidates[0]?.lab ?? LAB_TO_BE_FOUND,
      }));
      const { contributors } = published;
      const shares = shareIncome({ price, jobs, contributors, rulePack, fund: FUND });
      return { version: published.version, report, quantity, price, shares, routes };
    },

    async place({ id: order, design, version, parameters, quantity, destination, by }) {
      const { published, report, reportHash, files } = await evaluate({ design, version, parameters });
      const { size } = ledger.state();
      const { entries } = await ledger.submit((state, context) =>
        placeOrder(
          state,
          {
            ...{ order, by, design, quantity, report, reportHash, files },
            version: published.version,
            parameters: parametersForEntry(report.parameters),
            routes: routesOf(report, destination),
            destination,
          },
          context,
        ),
      );
      // A repeated order gives nothing, or its old entry where the state has let it go.
      return { order, isNew: entries.some(({ index }) => index >= size) };
    },
  };
}

async function jobFileOf(blobs: BlobReader, piece: WorkPiece): Promise<JobFile> {
  const hash = piece.process === 'cut' ? piece.layout : piece.plate;
  const bytes = await blobs.get(hash);
  if (bytes === undefined)
    throw new AppError(
      'unavailable',
      `The file of "${piece.title}" (${hash}) is missing from the data folder.`,
      {
        code: 'file.missing',
      },
    );
  const mime = piece.process === 'cut' ? SHEET_LAYOUT_MIME : PRINT_PLATE_MIME;
  return { hash, bytes: bytes.byteLength, mime };
}

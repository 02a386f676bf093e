import { randomUUID } from 'node:crypto';
import { toBase64Url } from '#contract/bytes.ts';
import { signingBytes } from '#contract/log-entry.ts';
import { joinAgent } from '../../../server/commons/agents/join-agent.ts';
import { publishDesign } from '../../../server/commons/designs/publish-design.ts';
import {
  countStock,
  describeMachine,
  openLab,
  pairBridge,
} from '../../../server/commons/facilities/open-lab.ts';
import type { Context, Draft } from '../../../server/commons/fact.ts';
import { offerJob, takeJob } from '../../../server/commons/jobs/offer-job.ts';
import { recordBridgeFact } from '../../../server/commons/jobs/record-bridge-fact.ts';
import { placeOrder } from '../../../server/commons/orders/place-order.ts';
import { requirementOf } from '../../../server/commons/orders/requirement.ts';
import type { CommonsState } from '../../../server/commons/state.ts';
import type { CommonsLedger } from '../../../server/community/commons-ledger.ts';
import { checkSignatures } from '../../../server/ledger/signature-checks.ts';
import { routingOf } from '../../../server/matching/routing.ts';
import {
  hashOf,
  router,
  STOOL_V1,
  sheetPiece,
  stoolReport,
  stoolSummary,
} from '../../server/commons/small-community.ts';
import { fixedKey } from '../../support/fixed-keys.ts';

/** A workshop whose one machine makes one stool after another, as its bridge would report it. */

const bridge = fixedKey('bridge');
const VISITOR = 'visitor';
const LAB = 'lab';
/** Orders under way at once: as many as share a commit well. */
const AT_ONCE = 64;
const MUCH_PLYWOOD = {
  ...{ form: 'sheet' as const, material: 'plywood', thicknessUm: 18_000 },
  ...{ lengthMm: 2440, widthMm: 1220, sheets: 10_000_000 },
};
const report = { ...stoolReport, workPieces: [sheetPiece] };

type Rule = (state: CommonsState, context: Context) => Draft[];

/** Sets the workshop up in a founded ledger. */
export async function openWorkshop(ledger: CommonsLedger): Promise<void> {
  const rules: Rule[] = [
    (state, context) => joinAgent(state, { agent: VISITOR, kind: 'person', name: 'The visitor' }, context),
    (state, context) =>
      openLab(
        state,
        {
          lab: LAB,
          name: 'Riverside Lab',
          place: '',
          consent: 'automatic',
          bedClear: 'automatic',
          by: VISITOR,
        },
        context,
      ),
    (state, context) => pairBridge(state, { lab: LAB, key: bridge.didKey }, context),
    (state, context) => describeMachine(state, { lab: LAB, description: router }, context),
    (state, context) => countStock(state, { lab: LAB, lots: [MUCH_PLYWOOD], countedAt: 1 }, context),
    (state, context) =>
      publishDesign(
        state,
        {
          ...{ id: randomUUID(), design: 'stool', version: STOOL_V1, summary: stoolSummary, by: VISITOR },
          summaryHash: hashOf('summary'),
          files: [{ path: 'design.ts', hash: hashOf('design.ts'), bytes: 1 }],
        },
        context,
      ),
  ];
  for (const rule of rules) await ledger.submit(rule);
}

/** Orders and makes so many stools, each one job, with every entry that this takes. */
export async function makeJobs(
  ledger: CommonsLedger,
  count: number,
  onProgress: (made: number) => void = () => {},
): Promise<void> {
  let ordered = 0;
  let made = 0;
  const worker = async () => {
    while (ordered < count) {
      ordered += 1;
      await makeOne(ledger);
      made += 1;
      onProgress(made);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function makeOne(ledger: CommonsLedger): Promise<void> {
  const order = randomUUID();
  const placed = await ledger.submit((state, context) =>
    placeOrder(
      state,
      {
        ...{
          order,
          by: VISITOR,
          design: 'stool',
          version: STOOL_V1,
          parameters: { height: 450 },
          quantity: 1,
        },
        ...{ report, reportHash: hashOf('report') },
        routes: [routingOf(state, () => true)(requirementOf(sheetPiece), order)],
        files: [{ hash: hashOf('layout'), bytes: 10, mime: 'application/json' }],
      },
      context,
    ),
  );
  const job = String(placed.entries.find(({ body }) => body.type === 'job.opened')?.body.data.job);
  const execution = randomUUID();
  const offered = await ledger.submit((state, context) =>
    offerJob(state, { job, execution, lab: LAB, machine: router.machine, score: 1 }, context),
  );
  const fence = Number(offered.entries[0]?.body.data.fence);
  await ledger.submit((state, context) => takeJob(state, { job, execution, consent: 'automatic' }, context));
  const attempt = { job, execution, lab: LAB, machine: router.machine, fence };
  const at = Date.now();
  const program = { hash: hashOf('program'), bytes: 100, mime: 'text/x-gcode' };
  await tell(ledger, 'job.prepared', { ...attempt, program, lines: 1_000, estimatedSeconds: 1_500 });
  await tell(ledger, 'job.started', { ...attempt, at, bedClearedBy: 'automatic' });
  await tell(ledger, 'job.finished', { ...attempt, at, seconds: 1_510, lines: 1_000 });
}

async function tell(ledger: CommonsLedger, type: string, data: { job: string } & Record<string, unknown>) {
  const body = { id: randomUUID(), stream: `job/${data.job}`, type, v: 1, data };
  const sig = { kid: bridge.didKey, sig: toBase64Url(bridge.sign(signingBytes(body))) };
  await checkSignatures([{ body, sigs: [sig] }]);
  await ledger.submit((state, context) =>
    recordBridgeFact(state, { lab: LAB, body, sig, bridgeKey: bridge.didKey }, context),
  );
}

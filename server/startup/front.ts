import type { Server } from 'node:http';
import type { SetRanking } from '#contract/http.ts';
import type { Visitor } from '#contract/live-events.ts';
import type { SignedEntry } from '#contract/signed-entries.ts';
import { type Access, LOCAL_PERSON } from '../accounts/access.ts';
import { isHostAllowed, isOriginOurs } from '../accounts/same-origin.ts';
import { createArchive } from '../commons/archive.ts';
import { setRanking } from '../commons/charter/set-ranking.ts';
import { designView } from '../commons/designs/design-view.ts';
import { labView } from '../commons/facilities/lab-view.ts';
import { okwOf } from '../commons/facilities/okw.ts';
import type { LoggedEntry } from '../commons/fact.ts';
import { cancelOrder } from '../commons/orders/cancel-order.ts';
import type { RouteNow } from '../commons/route-now.ts';
import { knownRulePack } from '../commons/state.ts';
import { viewsOf } from '../commons/views.ts';
import { createAgentCommands } from '../community/agent-desk.ts';
import type { CommonsLedger } from '../community/commons-ledger.ts';
import { appendSigned } from '../community/signed-entries.ts';
import { createApp } from '../http/app.ts';
import type { BlobShelf } from '../http/blobs.ts';
import type { WitnessDesk } from '../http/witness.ts';
import type { JobCommands } from '../labs/job-desk.ts';
import type { LabCommands } from '../labs/lab-desk.ts';
import { followLedger } from '../live/follow-ledger.ts';
import { type LiveMachines, startLiveServer } from '../live/live-server.ts';
import type { Coordinator } from '../mqtt/coordinator-ports.ts';
import type { Ordering } from '../ordering/ordering.ts';
import type { DesignShelf } from '../publishing/design-shelf.ts';
import type { Publishing } from '../publishing/publishing.ts';

export const VERSION = '0.1.0';

export interface FrontParts {
  web: Server;
  access: Access;
  isLocalOnly: boolean;
  ledger: CommonsLedger;
  /** Newest entries, oldest first. */
  newest: readonly LoggedEntry[];
  blobs: BlobShelf;
  shelf: DesignShelf;
  route: RouteNow;
  machines: Coordinator;
  ordering: Ordering;
  publishing: Publishing;
  labCommands: LabCommands;
  jobCommands: JobCommands;
  witness: (WitnessDesk & { readonly verifierKey: string }) | undefined;
  pageFolder: string;
  report: (error: unknown, where: string) => void;
}

/** What pages talk to: the web interface and the live link, on one HTTP server that does not listen yet. */
export async function openFront(parts: FrontParts): Promise<{ watchers(): number; stop(): Promise<void> }> {
  const { web, access, isLocalOnly, ledger, route } = parts;
  const visitorOf = (authorization: string | undefined): Visitor => ({
    agent: LOCAL_PERSON,
    name: ledger.state().agents.get(LOCAL_PERSON)?.name ?? LOCAL_PERSON,
    canAct: access.canAct(authorization),
  });
  const machines = liveMachines(parts.machines);
  const { verifierKey } = await ledger.head();
  const source = followLedger({
    ...{ ledger, newest: parts.newest, log: verifierKey, route, machines },
    communityName: () => communityName(ledger),
  });
  const live = startLiveServer({
    ...{ http: web, source, machines, visitorOf, nowMs: Date.now },
    mayConnect: ({ headers: { host, origin } }) =>
      isHostAllowed(host, isLocalOnly) && isOriginOurs(origin, host),
  });
  const startedMs = Date.now();
  const app = createApp({
    ...{ access, isLocalOnly, version: VERSION },
    ledger: { ...ledger, append: (entries: readonly SignedEntry[]) => appendSigned(ledger, entries) },
    ...{ blobs: parts.blobs, witness: parts.witness, pageFolder: parts.pageFolder, report: parts.report },
    ...desksOf(parts),
    snapshot: (authorization) => source.snapshot(visitorOf(authorization)),
    health: () => ({
      ok: true,
      version: VERSION,
      ledgerSize: ledger.size(),
      openJobs: ledger.state().jobs.open.size,
      watchers: live.watchers(),
      upSeconds: Math.floor((Date.now() - startedMs) / 1_000),
      // What others put into their policy, where this server watches ledgers.
      ...(parts.witness === undefined ? {} : { witness: parts.witness.verifierKey }),
    }),
  });
  web.on('request', app);
  return {
    watchers: () => live.watchers(),
    async stop() {
      source.stop();
      await live.stop();
    },
  };
}

function desksOf({ ledger, shelf, route, machines, ...parts }: FrontParts) {
  const { ordering, publishing, labCommands, jobCommands } = parts;
  const views = () => viewsOf(ledger.state(), route);
  const archive = createArchive({ reader: ledger, state: () => ledger.state(), route });
  return {
    designs: {
      designs: () => views().designs,
      detail: async (design: string, version: string | undefined) => {
        const published = shelf.published(design, version);
        const there = ledger.state().designs.get(design);
        if (there === undefined) throw new Error('a published version has its design');
        const view = designView(ledger.state(), there);
        return { view, summary: await shelf.summary(published) };
      },
      publish: publishing.publish,
      quote: ordering.quote,
    },
    agents: createAgentCommands(ledger),
    community: {
      community: () => ({ name: communityName(ledger), rulePack: knownRulePack(ledger.state()) }),
      setRanking: async (wish: SetRanking) => {
        await ledger.submit((state, context) => setRanking(state, wish, context));
      },
    },
    orders: {
      orders: () => views().orders,
      order: archive.order,
      place: ordering.place,
      cancel: async (wish: { order: string; by: string; reason: string }) => {
        await ledger.submit((state, context) => cancelOrder(state, wish, context));
      },
    },
    jobs: {
      jobs: () => views().jobs,
      job: archive.job,
      command: jobCommands.command,
    },
    labs: {
      labs: () => views().labs,
      lab: (lab: string) => {
        const there = ledger.state().labs.get(lab);
        return there === undefined ? undefined : labView(there);
      },
      facilities: () => okwOf(views().labs),
      ...labCommands,
      clearFault: ({ lab, machine }: { lab: string; machine: string }) =>
        machines.commands.clearFault(lab, machine),
    },
  };
}

/** The coordinator's one stream of news, as the two that the live link knows. */
function liveMachines(machines: Coordinator): LiveMachines & Pick<Coordinator, 'machineLive' | 'telemetry'> {
  return {
    machineLive: () => machines.machineLive(),
    telemetry: () => machines.telemetry(),
    onMachine: (listener) =>
      machines.onLive((change) => {
        if (change.kind === 'machine') listener(change.machine);
      }),
    onTelemetry: (listener) =>
      machines.onLive((change) => {
        if (change.kind === 'telemetry') listener(change.telemetry);
      }),
  };
}

function communityName(ledger: CommonsLedger): string {
  const { charter, agents } = ledger.state();
  return agents.get(charter.community ?? '')?.name ?? '';
}

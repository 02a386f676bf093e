import compression from 'compression';
import express, { type Express } from 'express';
import type { Snapshot } from '#contract/live-events.ts';
import type { Access } from '../accounts/access.ts';
import { type AgentDesk, agentRoutes } from './agents.ts';
import { type BlobShelf, blobRoutes } from './blobs.ts';
import { type CommunityDesk, communityRoutes } from './community.ts';
import { type DesignDesk, designRoutes } from './designs.ts';
import { sameOriginOnly, securityHeaders } from './guards.ts';
import { type JobDesk, jobRoutes } from './jobs.ts';
import { type LabDesk, labRoutes } from './labs.ts';
import { entryRoutes, type LedgerDesk, ledgerRoutes, logRoutes } from './ledger.ts';
import { logEntryRoutes } from './log-entries.ts';
import { openApiDocument } from './openapi.ts';
import { type OrderDesk, orderRoutes } from './orders.ts';
import { pageRoutes } from './page.ts';
import { noSuchAddress, problemDetails } from './problem-details.ts';
import { type WitnessDesk, witnessRoutes } from './witness.ts';

/** What the web interface needs of the house. */
export interface WebParts {
  access: Access;
  /** Whether only this computer can reach the server. */
  isLocalOnly: boolean;
  designs: DesignDesk;
  orders: OrderDesk;
  jobs: JobDesk;
  labs: LabDesk;
  agents: AgentDesk;
  community: CommunityDesk;
  ledger: LedgerDesk;
  blobs: BlobShelf;
  /** Left out where this server is no witness. */
  witness?: WitnessDesk | undefined;
  /** Everything a page shows, for whoever holds this authorization. */
  snapshot(authorization: string | undefined): Snapshot;
  health(): Record<string, unknown>;
  /** Folder of the built page. */
  pageFolder: string;
  version: string;
  /** Hears of errors that nobody foresaw. */
  report(error: unknown, where: string): void;
}

/** The Express application: guards first, then the web interface, the published log, and the page for the rest. */
export function createApp(parts: WebParts): Express {
  const { access } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', 'weak');
  app.use(securityHeaders());
  app.use(sameOriginOnly(parts.isLocalOnly));
  app.use(compression());

  app.use('/log', logEntryRoutes(parts.ledger), logRoutes(parts.ledger));
  app.use('/witness', witnessRoutes(parts.witness));
  app.use('/api/blobs', blobRoutes(parts.blobs, access));
  app.use('/api', (_request, response, next) => {
    response.setHeader('Cache-Control', 'no-cache');
    next();
  });
  app.use('/api/designs', designRoutes(parts.designs, access));
  app.use('/api/orders', orderRoutes(parts.orders, access));
  app.use('/api/jobs', jobRoutes(parts.jobs, access));
  app.use('/api/labs', labRoutes(parts.labs, access));
  app.use('/api/agents', agentRoutes(parts.agents, access));
  app.use('/api/community', communityRoutes(parts.community, access));
  app.use('/api/entries', entryRoutes(parts.ledger));
  app.use('/api/ledger', ledgerRoutes(parts.ledger));
  app.get('/api/facilities.okw', (_request, response) => {
    response.json(parts.labs.facilities());
  });
  app.get('/api/state', (request, response) => {
    response.json(parts.snapshot(request.headers.authorization));
  });
  app.get('/api/health', (_request, response) => {
    response.json(parts.health());
  });
  const openApi = openApiDocument(parts.version);
  app.get('/api/openapi.json', (_request, response) => {
    response.json(openApi);
  });
  app.use('/api', noSuchAddress);

  app.use(pageRoutes(parts.pageFolder));
  app.use(noSuchAddress);
  app.use(problemDetails(parts.report));
  return app;
}

import { json, Router } from 'express';
import type { DesignPackage, Parameters } from '#contract/design.ts';
import { type DesignDetail, EvaluateDesign, PublishDesign, type Quote } from '#contract/http.ts';
import { type Position, Slug } from '#contract/manufacturing.ts';
import { ContentHash } from '#contract/quantities.ts';
import type { DesignView } from '#contract/views.ts';
import type { Access } from '../accounts/access.ts';
import { actorOf, actorsOnly, addressed, checked } from './guards.ts';

/** A package of 200 files at 4 MB would be absurd; bundled designs are under 100 kB. Base64 is a third longer than bytes. */
const PACKAGE_BYTES_MAX = 24 * 1024 * 1024;

/** What the routes ask of the rest of the house. */
export interface DesignDesk {
  designs(): DesignView[];
  /** A version that is not given is the newest. Throws not-found. */
  detail(design: string, version: string | undefined): Promise<DesignDetail>;
  /** Publishes a version, or finds that this very version is published already (`isNew` false). */
  publish(wish: {
    id: string;
    package: DesignPackage;
    by: string;
  }): Promise<{ design: string; version: string; number: number; isNew: boolean }>;
  quote(wish: {
    design: string;
    version: string | undefined;
    parameters: Parameters;
    quantity: number;
    destination: Position | undefined;
  }): Promise<Quote>;
}

export function designRoutes(desk: DesignDesk, access: Access): Router {
  const router = Router();

  router.get('/', (_request, response) => {
    response.json(desk.designs());
  });

  router.get('/:design', async (request, response) => {
    const design = addressed(Slug, request.params.design, 'design');
    const { version } = request.query;
    response.json(
      await desk.detail(
        design,
        version === undefined ? undefined : addressed(ContentHash, version, 'version'),
      ),
    );
  });

  router.post('/', actorsOnly(access), json({ limit: PACKAGE_BYTES_MAX }), async (request, response) => {
    const wish = checked(PublishDesign, request.body);
    const published = await desk.publish({ ...wish, by: actorOf(response) });
    response.status(published.isNew ? 201 : 200).json(published);
  });

  // Evaluating changes nothing in the ledger: it is looking, and open to all.
  router.post('/:design/evaluate', json(), async (request, response) => {
    const design = addressed(Slug, request.params.design, 'design');
    const { version, parameters, quantity, destination } = checked(EvaluateDesign, request.body);
    response.json(await desk.quote({ design, version, parameters, quantity, destination }));
  });

  return router;
}

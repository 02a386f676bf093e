import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';
import { AppError } from '../errors.ts';

/** Names under `/assets` carry a hash of their content. */
const ASSET_MAX_AGE = '1y';

/**
 * The built page. Every address that is not a file of it and looks like a page (no dot in its last step) gets
 * `index.html`, since the page has its own routes.
 */
export function pageRoutes(folder: string): Router {
  const router = Router();
  router.use(
    '/assets',
    express.static(join(folder, 'assets'), {
      immutable: true,
      maxAge: ASSET_MAX_AGE,
      index: false,
      redirect: false,
    }),
  );
  router.use(express.static(folder, { index: false, redirect: false, maxAge: 0 }));
  router.get('/{*path}', (request, response) => {
    const isPageAddress = !/\.[^/]*$/.test(request.path) && !request.path.startsWith('/assets/');
    if (!isPageAddress)
      throw new AppError('not-found', `There is no file ${request.path}.`, { code: 'request.address' });
    const place = join(folder, 'index.html');
    if (!existsSync(place))
      throw new AppError(
        'unavailable',
        'The page is not built here; the web interface is at /api/openapi.json.',
        {
          code: 'page.not-built',
        },
      );
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile(place);
  });
  return router;
}

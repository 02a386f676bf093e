import { json, Router } from 'express';
import { JobCommand } from '#contract/http.ts';
import { Id } from '#contract/quantities.ts';
import type { JobView } from '#contract/views.ts';
import type { Access } from '../accounts/access.ts';
import { AppError } from '../errors.ts';
import { actorOf, actorsOnly, addressed, checked } from './guards.ts';

export interface JobDesk {
  jobs(): JobView[];
  /** Also one that ended long ago. */
  job(job: string): Promise<JobView | undefined>;
  /** Does what a person says about a job; resolves when it is in the ledger or accepted by the bridge. */
  command(wish: { job: string; by: string; command: JobCommand }): Promise<void>;
}

export function jobRoutes(desk: JobDesk, access: Access): Router {
  const router = Router();
  const find = async (job: string) => {
    const view = await desk.job(job);
    if (view === undefined)
      throw new AppError('not-found', `There is no job "${job}".`, { code: 'job.unknown' });
    return view;
  };

  router.get('/', (_request, response) => {
    response.json(desk.jobs());
  });

  router.get('/:job', async (request, response) => {
    response.json(await find(addressed(Id, request.params.job, 'job')));
  });

  // The action stands in the address; a body may repeat it or be absent.
  router.post('/:job/:action', actorsOnly(access), json(), async (request, response) => {
    const job = addressed(Id, request.params.job, 'job');
    await find(job);
    const body: unknown = request.body ?? {};
    const fields = typeof body === 'object' && body !== null ? body : { body };
    const command = checked(JobCommand, { ...fields, action: request.params.action });
    await desk.command({ job, by: actorOf(response), command });
    response.json(await find(job));
  });

  return router;
}

import { json, Router } from 'express';
import { CountStock, type LabOpened, OpenLab, RevokeBridge } from '#contract/http.ts';
import { Slug, type StockLot } from '#contract/manufacturing.ts';
import type { OkwFacilities } from '#contract/okw.ts';
import type { LabView } from '#contract/views.ts';
import type { Access } from '../accounts/access.ts';
import { AppError } from '../errors.ts';
import { actorOf, actorsOnly, addressed, checked } from './guards.ts';

export interface LabDesk {
  labs(): LabView[];
  lab(lab: string): LabView | undefined;
  /** All labs as Open Know-Where facilities. */
  facilities(): OkwFacilities;
  /** Opens the lab and issues its bridge key, which nobody can ask for again. */
  open(wish: OpenLab & { by: string }): Promise<LabOpened>;
  countStock(wish: { lab: string; lots: StockLot[]; by: string }): Promise<void>;
  revokeBridge(wish: RevokeBridge & { lab: string; by: string }): Promise<void>;
  clearFault(wish: { lab: string; machine: string; by: string }): Promise<void>;
}

export function labRoutes(desk: LabDesk, access: Access): Router {
  const router = Router();
  const find = (value: unknown) => {
    const lab = addressed(Slug, value, 'lab');
    const view = desk.lab(lab);
    if (view === undefined)
      throw new AppError('not-found', `There is no lab "${lab}".`, { code: 'lab.unknown' });
    return view;
  };

  router.get('/', (_request, response) => {
    response.json(desk.labs());
  });

  router.get('/:lab', (request, response) => {
    response.json(find(request.params.lab));
  });

  router.post('/', actorsOnly(access), json(), async (request, response) => {
    const wish = checked(OpenLab, request.body);
    const opened = await desk.open({ ...wish, by: actorOf(response) });
    response.setHeader('Cache-Control', 'no-store');
    response.status(201).location(`/api/labs/${opened.lab}`).json(opened);
  });

  router.post('/:lab/stock', actorsOnly(access), json(), async (request, response) => {
    const { lab } = find(request.params.lab);
    const { lots } = checked(CountStock, request.body);
    await desk.countStock({ lab, lots, by: actorOf(response) });
    response.json(find(lab));
  });

  router.post('/:lab/revoke-bridge', actorsOnly(access), json(), async (request, response) => {
    const { lab } = find(request.params.lab);
    const { reason } = checked(RevokeBridge, request.body);
    await desk.revokeBridge({ lab, reason, by: actorOf(response) });
    response.json(find(lab));
  });

  router.post('/:lab/machines/:machine/clear-fault', actorsOnly(access), async (request, response) => {
    const { lab, machines } = find(request.params.lab);
    const machine = addressed(Slug, request.params.machine, 'machine');
    if (!machines.some((known) => known.machine === machine))
      throw new AppError('not-found', `The lab ${lab} has no machine "${machine}".`, {
        code: 'machine.unknown',
      });
    await desk.clearFault({ lab, machine, by: actorOf(response) });
    response.json({ lab, machine });
  });

  return router;
}

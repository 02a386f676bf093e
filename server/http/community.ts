import { json, Router } from 'express';
import { SetRanking } from '#contract/http.ts';
import type { CommunityView } from '#contract/views.ts';
import type { Access } from '../accounts/access.ts';
import { actorsOnly, checked } from './guards.ts';

export interface CommunityDesk {
  community(): CommunityView;
  /** Adopts the rules anew with these weights. */
  setRanking(wish: SetRanking): Promise<void>;
}

export function communityRoutes(desk: CommunityDesk, access: Access): Router {
  const router = Router();

  router.get('/', (_request, response) => {
    response.json(desk.community());
  });

  router.post('/ranking', actorsOnly(access), json(), async (request, response) => {
    await desk.setRanking(checked(SetRanking, request.body));
    response.json(desk.community());
  });

  return router;
}

import { json, Router } from 'express';
import { EnrolKey, type KeyView, RevokeKey } from '#contract/http.ts';
import { Slug } from '#contract/manufacturing.ts';
import type { Access } from '../accounts/access.ts';
import { actorsOnly, addressed, checked } from './guards.ts';

export interface AgentDesk {
  /** Every key that the agent ever had. @throws AppError `agent.unknown` */
  keys(agent: string): KeyView[];
  /** Enrols a person's key; gives whether it is new. */
  enrolKey(wish: EnrolKey & { agent: string }): Promise<{ isNew: boolean }>;
  revokeKey(wish: RevokeKey & { agent: string }): Promise<void>;
}

export function agentRoutes(desk: AgentDesk, access: Access): Router {
  const router = Router();

  router.get('/:agent/keys', (request, response) => {
    response.json(desk.keys(addressed(Slug, request.params.agent, 'agent')));
  });

  router.post('/:agent/keys', actorsOnly(access), json(), async (request, response) => {
    const agent = addressed(Slug, request.params.agent, 'agent');
    const { isNew } = await desk.enrolKey({ ...checked(EnrolKey, request.body), agent });
    response.status(isNew ? 201 : 200).json(desk.keys(agent));
  });

  router.post('/:agent/keys/revoke', actorsOnly(access), json(), async (request, response) => {
    const agent = addressed(Slug, request.params.agent, 'agent');
    await desk.revokeKey({ ...checked(RevokeKey, request.body), agent });
    response.json(desk.keys(agent));
  });

  return router;
}

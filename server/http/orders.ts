import { json, Router } from 'express';
import { CancelOrder, PlaceOrder } from '#contract/http.ts';
import { Id } from '#contract/quantities.ts';
import type { OrderView } from '#contract/views.ts';
import type { Access } from '../accounts/access.ts';
import { AppError } from '../errors.ts';
import { actorOf, actorsOnly, addressed, checked } from './guards.ts';

export interface OrderDesk {
  orders(): OrderView[];
  /** Also one that ended long ago. */
  order(order: string): Promise<OrderView | undefined>;
  /** The same `id` again gives the same order. */
  place(wish: PlaceOrder & { by: string }): Promise<{ order: string; isNew: boolean }>;
  cancel(wish: { order: string; by: string; reason: string }): Promise<void>;
}

export function orderRoutes(desk: OrderDesk, access: Access): Router {
  const router = Router();

  router.get('/', (_request, response) => {
    response.json(desk.orders());
  });

  router.get('/:order', async (request, response) => {
    const order = await desk.order(addressed(Id, request.params.order, 'order'));
    if (order === undefined)
      throw new AppError('not-found', `There is no order "${request.params.order}".`, {
        code: 'order.unknown',
      });
    response.json(order);
  });

  router.post('/', actorsOnly(access), json(), async (request, response) => {
    const wish = checked(PlaceOrder, request.body);
    const { order, isNew } = await desk.place({ ...wish, by: actorOf(response) });
    response
      .status(isNew ? 201 : 200)
      .location(`/api/orders/${order}`)
      .json({ order });
  });

  router.post('/:order/cancel', actorsOnly(access), json(), async (request, response) => {
    const order = addressed(Id, request.params.order, 'order');
    const { reason } = checked(CancelOrder, request.body);
    await desk.cancel({ order, by: actorOf(response), reason });
    response.json({ order });
  });

  return router;
}

import type { RouteNow } from '../commons/route-now.ts';
import type { CommonsState } from '../commons/state.ts';
import { routingOf } from './routing.ts';

/**
 * Routes by the state of this moment. The fold may replace its state object, so the routing is made anew for a new
 * one; within one it keeps what it counted.
 */
export function routeNow(
  state: () => CommonsState,
  isOnline: (lab: string, machine: string) => boolean,
): RouteNow {
  let made: { state: CommonsState; routing: RouteNow } | undefined;
  return (requirement, job) => {
    const now = state();
    if (made?.state !== now) made = { state: now, routing: routingOf(now, isOnline) };
    return made.routing(requirement, job);
  };
}

import type { CommonsState } from '../commons/state.ts';
import { createRouting, type Routing } from './routing.ts';

/**
 * Routes and plans by the state of this moment. The fold may replace its state object, so the routing is made anew for
 * a new one; within one it keeps what it counted.
 */
export function routeNow(
  state: () => CommonsState,
  isOnline: (lab: string, machine: string) => boolean,
): Routing {
  let made: { state: CommonsState; routing: Routing } | undefined;
  const current = (): Routing => {
    const now = state();
    if (made?.state !== now) made = { state: now, routing: createRouting(now, isOnline) };
    return made.routing;
  };
  return {
    route: (...question) => current().route(...question),
    plan: (...question) => current().plan(...question),
  };
}

import { createStore } from 'zustand/vanilla';
import type { LiveHandlers } from '../server-link.ts';
import { emptyWorld, takeDelta, takeMachines, takeSnapshot, takeTelemetry, type World } from './world.ts';

export type WorldStore = ReturnType<typeof createWorldStore>;

export function createWorldStore() {
  return createStore<World>(() => emptyWorld);
}

/** Joins the store to the link: what arrives is applied, and a gap is reported so that the link asks again. */
export function handlersFor(store: WorldStore, nowMs: () => number): LiveHandlers {
  const takeOrReport = (delta: Parameters<typeof takeDelta>[1]): boolean => {
    const next = takeDelta(store.getState(), delta);
    if (next !== undefined) store.setState(next, true);
    return next !== undefined;
  };
  return {
    position() {
      const { log, size } = store.getState();
      return log === '' ? {} : { log, since: size };
    },
    reply(reply) {
      if (reply.kind === 'snapshot') store.setState(takeSnapshot(reply, nowMs()), true);
      else if (takeOrReport(reply)) store.setState({ connection: 'live' });
    },
    delta: takeOrReport,
    machines: (machines) => store.setState(takeMachines(store.getState(), machines), true),
    telemetry: (telemetry) => store.setState(takeTelemetry(store.getState(), telemetry, nowMs()), true),
    lost: () => store.setState({ connection: store.getState().log === '' ? 'connecting' : 'lost' }),
  };
}

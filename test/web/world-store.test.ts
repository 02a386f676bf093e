import { describe, expect, it } from 'vitest';
import { createWorldStore, handlersFor } from '../../web/live/world-store.ts';
import { deltaWith, heard, JOB, jobIn, snapshotWith } from './mock-world.ts';

function followed() {
  const store = createWorldStore();
  const handlers = handlersFor(store, () => 5_000);
  handlers.reply(snapshotWith(jobIn('wanted')));
  return { store, handlers };
}

describe('the world that a page knows', () => {
  it('asks for everything first, and afterwards for what came since', () => {
    const store = createWorldStore();
    const handlers = handlersFor(store, () => 0);
    expect(handlers.position()).toEqual({});
    handlers.reply(snapshotWith(jobIn('wanted')));
    expect(handlers.position()).toEqual({ log: 'log-a', since: 4 });
  });

  it('replaces a job by the view in a delta and keeps the others', () => {
    const { store, handlers } = followed();
    expect(handlers.delta(deltaWith(4, jobIn('taken')))).toBe(true);
    expect(store.getState().jobs[JOB]?.state).toBe('taken');
    expect(store.getState().size).toBe(5);
    expect(store.getState().designs.stool?.name).toBe('Stool');
    expect(store.getState().entries.map(({ index }) => index)).toEqual([3, 4]);
  });

  it('reports a gap and changes nothing', () => {
    const { store, handlers } = followed();
    expect(handlers.delta(deltaWith(6, jobIn('made')))).toBe(false);
    expect(store.getState().jobs[JOB]?.state).toBe('wanted');
    expect(store.getState().size).toBe(4);
  });

  it('passes over a delta that it already has', () => {
    const { store, handlers } = followed();
    handlers.delta(deltaWith(4, jobIn('taken')));
    expect(handlers.delta(deltaWith(4, jobIn('offered')))).toBe(true);
    expect(store.getState().jobs[JOB]?.state).toBe('taken');
  });

  it('takes a change of routes that adds no entry', () => {
    const { store, handlers } = followed();
    const routed = jobIn('wanted', {
      candidates: [{ lab: 'atelier', machine: 'router', queue: 0, score: 1, terms: {} }],
    });
    expect(handlers.delta({ kind: 'delta', from: 4, to: 4, changed: { jobs: [routed] }, entries: [] })).toBe(
      true,
    );
    expect(store.getState().jobs[JOB]?.candidates).toHaveLength(1);
  });

  it('says that the connection is lost, keeps what it knows, and catches up', () => {
    const { store, handlers } = followed();
    handlers.lost();
    expect(store.getState().connection).toBe('lost');
    expect(store.getState().jobs[JOB]?.state).toBe('wanted');
    handlers.reply(deltaWith(4, jobIn('running')));
    expect(store.getState().connection).toBe('live');
    expect(store.getState().jobs[JOB]?.state).toBe('running');
  });

  it('starts over with the snapshot of another log', () => {
    const { handlers } = followed();
    handlers.reply(snapshotWith(jobIn('made'), { log: 'log-b', size: 2 }));
    expect(handlers.position()).toEqual({ log: 'log-b', since: 2 });
  });

  it('takes telemetry in order of time, and none of a job that is over', () => {
    const { store, handlers } = followed();
    handlers.telemetry([heard(0.5, 2_000)]);
    handlers.telemetry([heard(0.4, 1_000)]);
    expect(store.getState().telemetry[JOB]).toMatchObject({ progress: 0.5, heardMs: 5_000 });
    handlers.delta(deltaWith(4, jobIn('made')));
    handlers.telemetry([heard(0.9, 3_000)]);
    expect(store.getState().telemetry[JOB]).toBeUndefined();
  });
});

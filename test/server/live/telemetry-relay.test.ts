import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Telemetry } from '#contract/live-events.ts';
import { createTelemetryRelay } from '../../../server/live/telemetry-relay.ts';

const first = '01939d53-51f9-7a34-a2d5-ea8b7ad5b4a0';
const second = '01939d53-51f9-7a34-a2d5-ea8b7ad5b4a1';
const at = (job: string, line: number): Telemetry => ({
  lab: 'north',
  machine: 'router',
  job,
  timeMs: line,
  state: 'running',
  line,
  linesTotal: 100,
  progress: line / 100,
});

describe('the telemetry relay', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const relayInto = (batches: number[][]) =>
    createTelemetryRelay({
      send: (batch) => batches.push(batch.map(({ line }) => line)),
      nowMs: () => Date.now(),
      intervalMs: 200,
    });

  it('sends the first word at once and then only the newest of each job per interval', () => {
    const batches: number[][] = [];
    const relay = relayInto(batches);
    relay.take(at(first, 1));
    relay.take(at(first, 2));
    relay.take(at(second, 3));
    relay.take(at(first, 4));
    expect(batches).toEqual([[1]]);
    vi.advanceTimersByTime(200);
    expect(batches).toEqual([[1], [4, 3]]);
    vi.advanceTimersByTime(1_000);
    expect(batches).toHaveLength(2);
    relay.take(at(first, 5));
    expect(batches.at(-1)).toEqual([5]);
  });

  it('knows the last word of each job until the job is forgotten', () => {
    const relay = relayInto([]);
    relay.take(at(first, 1));
    relay.take(at(second, 2));
    relay.take(at(second, 3));
    relay.forget(first);
    expect(relay.latest().map(({ line }) => line)).toEqual([3]);
    relay.stop();
  });
});

import type { Telemetry } from '#contract/live-events.ts';

/** People read a moving tool smoothly at this rate, and a hundred watchers do not cost a hundredfold. */
export const TELEMETRY_INTERVAL_MS = 200;

/**
 * Passes on the newest telemetry of each job, at most once in `intervalMs` for all of them together.
 * What comes faster replaces what waits: an old position is worth nothing.
 */
export interface TelemetryRelay {
  take(telemetry: Telemetry): void;
  /** The last word of each job that still runs, for pages that open now. */
  latest(): Telemetry[];
  forget(job: string): void;
  stop(): void;
}

export function createTelemetryRelay(parts: {
  send: (telemetry: Telemetry[]) => void;
  nowMs: () => number;
  intervalMs?: number;
}): TelemetryRelay {
  const { send, nowMs, intervalMs = TELEMETRY_INTERVAL_MS } = parts;
  const latest = new Map<string, Telemetry>();
  const waiting = new Map<string, Telemetry>();
  let lastSentMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    timer = undefined;
    lastSentMs = nowMs();
    const batch = [...waiting.values()];
    waiting.clear();
    if (batch.length > 0) send(batch);
  };

  return {
    take(telemetry) {
      latest.set(telemetry.job, telemetry);
      waiting.set(telemetry.job, telemetry);
      if (timer !== undefined) return;
      const dueInMs = lastSentMs + intervalMs - nowMs();
      if (dueInMs <= 0) flush();
      else timer = setTimeout(flush, dueInMs);
    },
    latest: () => [...latest.values()],
    forget(job) {
      latest.delete(job);
      waiting.delete(job);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

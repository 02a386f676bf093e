import type { MachineClock } from './machine.ts';

export type Lease = {
  /** Counts `leaseMs` from now. */
  renew: (leaseMs: number) => void;
  isAlive: () => boolean;
  end: () => void;
};

/**
 * The coordinator's word that it still wants a job here. It is counted on the steady clock from receipt, so that nobody's
 * wrong wall clock matters, and it gates the start only: a machine that runs finishes whatever becomes of the network.
 */
export function createLease(clock: MachineClock, onEnd: () => void): Lease {
  let untilMs = Number.NEGATIVE_INFINITY;
  let takeBack: (() => void) | undefined;
  const end = () => {
    takeBack?.();
    takeBack = undefined;
    untilMs = Number.NEGATIVE_INFINITY;
  };
  return {
    renew: (leaseMs) => {
      takeBack?.();
      untilMs = clock.nowMs() + leaseMs;
      takeBack = clock.after(leaseMs, () => {
        end();
        onEnd();
      });
    },
    isAlive: () => clock.nowMs() < untilMs,
    end,
  };
}

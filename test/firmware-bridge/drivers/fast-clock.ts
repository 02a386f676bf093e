import type { MachineClock } from '../../../firmware-bridge/machine.ts';

/** A clock that runs so many times faster than life, for drivers that talk over real sockets. */
export function fastClock(speedUp: number): MachineClock {
  return {
    nowMs: () => performance.now() * speedUp,
    after: (delayMs, call) => {
      const timer = setTimeout(call, delayMs / speedUp);
      return () => clearTimeout(timer);
    },
  };
}

import type { MachineClock } from './machine.ts';

/** Waits for `work`, but not longer than `limitMs`; resolves either way, and leaves no timer behind that keeps a process alive. */
export async function within(clock: MachineClock, limitMs: number, work: Promise<unknown>): Promise<void> {
  let takeBack: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    takeBack = clock.after(limitMs, resolve);
  });
  await Promise.race([work, late]).finally(takeBack);
}

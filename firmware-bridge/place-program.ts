import type { HostedPrograms, Machine, MachineClock } from './machine.ts';

const TRIES_MAX = 3;
const FIRST_PAUSE_MS = 2_000;
const PAUSE_GROWTH = 2;
/** How often a machine that cannot be reached is looked at; how long it may stay away is for the job's lease to say. */
const LOOK_EVERY_MS = 500;

/** An execution's program on a controller. No other execution ever has that name, so it finds the run again. */
export function programNameOf(execution: string): string {
  return `cw-${execution}.gcode`;
}

/**
 * Lays a program on a controller. Waits while the machine cannot be reached, and tries a few times while it refuses; rejects
 * with its last refusal, or when `signal` says that nobody wants the program any more.
 */
export async function placeProgram(
  machine: Pick<Machine, 'state'> & { hosted: HostedPrograms },
  program: { lines: readonly string[]; name: string },
  { clock, signal }: { clock: MachineClock; signal: AbortSignal },
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  for (let tries = 1; ; tries++) {
    while (!isReachable(machine)) await pause(clock, LOOK_EVERY_MS, signal);
    try {
      await machine.hosted.place(program.lines, program.name);
      return;
    } catch (cause) {
      if (!isReachable(machine)) tries = 0;
      else if (tries >= TRIES_MAX) throw cause;
    }
    await pause(clock, pauseMs, signal);
    pauseMs *= PAUSE_GROWTH;
  }
}

export function isReachable(machine: Pick<Machine, 'state'>): boolean {
  const { kind } = machine.state();
  return kind !== 'offline' && kind !== 'connecting';
}

function pause(clock: MachineClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      takeBack();
      reject(signal.reason);
    };
    const takeBack = clock.after(ms, () => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    });
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

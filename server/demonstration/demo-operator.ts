import type { Coordinator } from '../mqtt/coordinator-ports.ts';

/** How long a stopped machine stays stopped, so that one can read why. */
export const FAULT_SHOWN_MS = 30_000;
export const OPERATOR_LOOKS_EVERY_MS = 10_000;

/**
 * The operator of the demonstration lab: what stopped a machine stays to be seen for a while, then the machine is made
 * ready again, be it an alarm or a bed that somebody has to look at. The job that it stopped stays failed, as in any lab.
 */
export function keepMachinesReady(parts: {
  lab: string;
  machines: Pick<Coordinator, 'machineLive' | 'commands'>;
  nowMs: () => number;
  say: (sentence: string) => void;
}): { stop(): void } {
  const { lab, machines, nowMs, say } = parts;
  // Counted from here: what stopped while the server was away has not been seen by anybody.
  const firstSeenMs = new Map<string, number>();

  const look = async () => {
    for (const { lab: there, machine, state } of machines.machineLive()) {
      if (there !== lab) continue;
      if (state !== 'alarm' && state !== 'needs-operator') {
        firstSeenMs.delete(machine);
        continue;
      }
      const sinceMs = firstSeenMs.get(machine) ?? nowMs();
      firstSeenMs.set(machine, sinceMs);
      if (nowMs() - sinceMs < FAULT_SHOWN_MS) continue;
      await machines.commands.clearFault(lab, machine).catch((error: unknown) => {
        const words = error instanceof Error ? error.message : String(error);
        say(`${machine} of the demonstration stays stopped: ${words}`);
      });
    }
  };

  const timer = setInterval(() => void look(), OPERATOR_LOOKS_EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

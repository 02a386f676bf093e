import type { MachineDescription, Refusal } from '#contract/manufacturing.ts';
import type { JobView, LabView } from '#contract/views.ts';

/** What lies on a lab's desk: what waits for a person first, then each machine, then what else there is to do. */
export interface Desk {
  /** Offers to answer, beds to clear, unknown and failed runs to judge; the oldest first. */
  needsPerson: JobView[];
  machines: { machine: MachineDescription; now: JobView | undefined; next: JobView[] }[];
  /** Wanted by somebody, and a machine of this lab fits. */
  couldTake: JobView[];
  /** Wanted by somebody, and why no machine of this lab will do: its nearest miss. */
  cannotTake: { job: JobView; refusal: Refusal }[];
}

export function deskOf({ lab, machines }: LabView, jobs: Readonly<Record<string, JobView>>): Desk {
  const open = Object.values(jobs).sort(
    (one, other) => one.openedMs - other.openedMs || one.number - other.number,
  );
  const own = open.filter((job) => job.lab === lab);
  const needsPerson = own.filter(waitsForPerson);
  const wanted = open.filter(({ state }) => state === 'wanted');
  const fits = (job: JobView) => job.candidates.some((candidate) => candidate.lab === lab);
  return {
    needsPerson,
    machines: machines.map((machine) => {
      const onIt = own.filter((job) => job.machine === machine.machine);
      return {
        machine,
        now: onIt.find(({ state }) => state === 'running' || state === 'unknown'),
        next: onIt.filter(({ state }) => state === 'taken' || state === 'preparing'),
      };
    }),
    couldTake: wanted.filter(fits),
    cannotTake: wanted
      .filter((job) => !fits(job))
      .flatMap((job) => {
        const refusal = nearest(job.refusals.filter((one) => one.lab === lab));
        return refusal === undefined ? [] : [{ job, refusal }];
      }),
  };
}

/** Whether nothing happens to the job until somebody of the lab says something. */
function waitsForPerson({ state, waitsForBedClear }: JobView): boolean {
  return (
    state === 'offered' ||
    state === 'unknown' ||
    state === 'failed' ||
    (state === 'preparing' && waitsForBedClear)
  );
}

/** That a router does not print is no news: any other reason says what is missing. */
function nearest(refusals: readonly Refusal[]): Refusal | undefined {
  return refusals.find(({ code }) => code !== 'wrong-process');
}

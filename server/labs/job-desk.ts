import type { JobCommand } from '#contract/http.ts';
import { reopenJob, resolveJob } from '../commons/jobs/end-job.ts';
import { attemptOf } from '../commons/jobs/jobs.ts';
import { declineJob, takeJob } from '../commons/jobs/offer-job.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import type { RouteNow } from '../commons/route-now.ts';
import { knownJob } from '../commons/state.ts';
import { AppError } from '../errors.ts';
import type { Coordinator } from '../mqtt/coordinator-ports.ts';
import { offerAndDecline, offerAndTake } from '../mqtt/offer-and-take.ts';

type Decline = Extract<JobCommand, { action: 'decline' }>;

export interface JobCommands {
  command(wish: { job: string; by: string; command: JobCommand }): Promise<void>;
}

/** What a person says about a job: facts go to the ledger, wishes about a machine to its bridge. */
export function createJobCommands(parts: {
  ledger: LedgerPort;
  machines: Coordinator['commands'];
  route: RouteNow;
  newId: () => string;
}): JobCommands {
  const { ledger, machines, route, newId } = parts;

  /** An offer of a wanted job to a machine that fits. */
  const offerTo = (job: string, lab: string, machine: string) => {
    const { requirement } = knownJob(ledger.state(), job).opened;
    const { candidates, refusals } = route(requirement, job, { machine: { lab, machine } });
    const candidate = candidates.find((one) => one.lab === lab && one.machine === machine);
    if (candidate === undefined) throw cannotTake(refusals, lab, machine);
    return { job, execution: newId(), lab, machine, score: candidate.score };
  };

  /** A wanted job is offered to the machine of this person's choice and taken in their name. */
  const take = async (job: string, by: string, lab: string, machine: string) => {
    if (knownJob(ledger.state(), job).phase.state === 'wanted') {
      const taking = { ...offerTo(job, lab, machine), consent: 'by-hand', by } as const;
      await ledger.submit((state, context) => offerAndTake(state, taking, context));
      return;
    }
    const attempt = attemptOf(knownJob(ledger.state(), job));
    if (attempt === undefined || attempt.lab !== lab || attempt.machine !== machine)
      throw new AppError('conflict', 'Another machine was quicker: this job is not free any more.', {
        code: 'job.not-possible-now',
      });
    const { execution } = attempt;
    await ledger.submit((state, context) =>
      takeJob(state, { job, execution, consent: 'by-hand', by }, context),
    );
  };

  const decline = async (job: string, { reason, lab, machine }: Decline) => {
    const { phase } = knownJob(ledger.state(), job);
    if (phase.state === 'wanted' && lab !== undefined && machine !== undefined) {
      const declining = { ...offerTo(job, lab, machine), reason };
      await ledger.submit((state, context) => offerAndDecline(state, declining, context));
      return;
    }
    const attempt = attemptOf(knownJob(ledger.state(), job));
    if (attempt === undefined)
      throw new AppError('conflict', 'This job is offered to nobody, so there is nothing to decline.', {
        code: 'job.not-possible-now',
      });
    const { execution } = attempt;
    await ledger.submit((state, context) => declineJob(state, { job, execution, reason }, context));
  };

  return {
    async command({ job, by, command }) {
      switch (command.action) {
        case 'take':
          return take(job, by, command.lab, command.machine);
        case 'decline':
          return decline(job, command);
        case 'clear-bed':
          return machines.clearBed(job, by);
        case 'pause':
          return machines.pause(job);
        case 'resume':
          return machines.resume(job);
        case 'cancel':
          return machines.cancel(job, by, command.reason);
        case 'resolve': {
          const { outcome, note } = command;
          await ledger.submit((state, context) => resolveJob(state, { job, by, outcome, note }, context));
          return;
        }
        case 'reopen': {
          const { reason } = command;
          await ledger.submit((state, context) => reopenJob(state, { job, by, reason }, context));
        }
      }
    },
  };
}

function cannotTake(
  refusals: readonly { lab: string; machine: string; sentence: string; code: string }[],
  lab: string,
  machine: string,
): AppError {
  const refusal = refusals.find((one) => one.lab === lab && one.machine === machine);
  if (refusal === undefined)
    return new AppError('not-found', `The lab "${lab}" has no machine "${machine}".`, {
      code: 'machine.unknown',
    });
  return new AppError('cannot-be-made', `${machine} at ${lab} cannot do this job: ${refusal.sentence}.`, {
    code: 'job.machine-refuses',
    details: { refusal },
  });
}

import { cancelJob, reopenJob, resolveJob } from '../../../server/commons/jobs/end-job.ts';
import { attemptOf, hasEnded, type Job } from '../../../server/commons/jobs/jobs.ts';
import { placeOrder } from '../../../server/commons/orders/place-order.ts';
import { routingOf } from '../../../server/matching/routing.ts';
import { offerAndTake } from '../../../server/mqtt/offer-and-take.ts';
import { stoolOrder } from './first-entries.ts';
import type { Dice } from './life.ts';
import type { SimulatedLab } from './simulated-lab.ts';
import type { SimulatedServer } from './simulated-server.ts';

const BY = 'visitor';

export type World = {
  dice: Dice;
  labs: ReadonlyMap<string, SimulatedLab>;
  servers: readonly SimulatedServer[];
};

/** Who stand at the machines and before the page. They do what the page lets them, and look before they say anything. */
export class People {
  /** Set for the end of a run: nobody cancels, pauses or orders any more, all just get on with it. */
  isPatient = false;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async order(): Promise<void> {
    const { dice } = this.#world;
    const server = this.#anyServer();
    if (server === undefined) return;
    const wish = stoolOrder(dice.newId());
    await this.#trying(server.view.submit((state, context) => placeOrder(state, wish, context)));
  }

  /** Looks at the board of one server and does one thing for each job, where there is something to do. */
  lookAround(): void {
    const server = this.#anyServer();
    if (server === undefined) return;
    const state = server.view.state();
    for (const job of [...state.jobs.all.values()]) this.#attend(server, job);
    for (const { lab, machine, state: kind } of server.coordinator.machineLive())
      if (kind === 'alarm' || kind === 'needs-operator')
        if (!this.#isMoving(lab, machine) && this.#world.dice.chance(0.5))
          void this.#trying(server.coordinator.commands.clearFault(lab, machine));
  }

  #attend(server: SimulatedServer, job: Job): void {
    const { dice } = this.#world;
    const { commands } = server.coordinator;
    const id = job.opened.job;
    const isOpen = !hasEnded(job);
    if (!this.isPatient && isOpen && dice.chance(0.01))
      void this.#trying(commands.cancel(id, BY, 'Changed my mind.'));
    else if (job.phase.state === 'wanted') this.#takeByHand(server, job);
    else if (job.phase.state === 'preparing') void this.#trying(commands.clearBed(id, BY));
    else if (job.phase.state === 'failed' || job.phase.state === 'cancelled') this.#wantAgain(server, job);
    else if (isOpen) this.#stayAtMachine(server, job);
  }

  #stayAtMachine(server: SimulatedServer, job: Job): void {
    const { dice } = this.#world;
    const { commands } = server.coordinator;
    const attempt = attemptOf(job);
    const { state } = job.phase;
    if (!this.isPatient && state === 'running' && dice.chance(0.05))
      void this.#trying(commands.pause(job.opened.job));
    else if (dice.chance(0.3)) void this.#trying(commands.resume(job.opened.job));
    if (state === 'unknown' && attempt !== undefined) this.#lookAtMachine(server, job, attempt);
  }

  #wantAgain(server: SimulatedServer, job: Job): void {
    const attempt = attemptOf(job);
    const isMoving = attempt !== undefined && this.#isMoving(attempt.lab, attempt.machine);
    if (this.isPatient || isMoving || !this.#world.dice.chance(0.03)) return;
    const wish = { job: job.opened.job, by: BY, reason: 'Again.' };
    void this.#trying(server.view.submit((state, context) => reopenJob(state, wish, context)));
  }

  /** By-hand labs take what they can make; what nobody can make any more is cancelled in the end. */
  #takeByHand(server: SimulatedServer, { opened, declined }: Job): void {
    const { dice } = this.#world;
    const { coordinator, view } = server;
    const route = routingOf(view.state(), (lab, machine) => coordinator.isOnline(lab, machine));
    const best = dice.pick(route(opened.requirement, opened.job).candidates);
    if (best === undefined) {
      if (!this.isPatient || declined.length === 0) return;
      const cancelling = { job: opened.job, by: BY, reason: 'Nobody can make it.' };
      return void this.#trying(view.submit((state, context) => cancelJob(state, cancelling, context)));
    }
    if (view.state().labs.get(best.lab)?.consent !== 'by-hand' || !dice.chance(0.3)) return;
    const { lab, machine, score } = best;
    const taking = { job: opened.job, execution: dice.newId(), lab, machine, score, by: BY } as const;
    void this.#trying(
      view.submit((state, context) => offerAndTake(state, { ...taking, consent: 'by-hand' }, context)),
    );
  }

  /** Nobody says what became of a job while its machine moves. */
  #lookAtMachine(
    server: SimulatedServer,
    job: Job,
    { lab, machine, execution }: { lab: string; machine: string; execution: string },
  ): void {
    const { dice, labs } = this.#world;
    if (this.#isMoving(lab, machine) || !dice.chance(this.isPatient ? 0.5 : 0.02)) return;
    const run = labs
      .get(lab)
      ?.machine(machine)
      .runs.find((one) => one.execution === execution);
    const outcome = run?.end === 'succeeded' ? 'made' : 'failed';
    const saying = { job: job.opened.job, by: BY, outcome, note: 'Seen at the machine.' } as const;
    void this.#trying(server.view.submit((state, context) => resolveJob(state, saying, context)));
  }

  #isMoving(lab: string, machine: string): boolean {
    return this.#world.labs.get(lab)?.machine(machine).running !== undefined;
  }

  #anyServer(): SimulatedServer | undefined {
    return this.#world.dice.pick(this.#world.servers.filter(({ isAlive }) => isAlive));
  }

  /** What is refused is refused; whoever asked looks again later. */
  async #trying(work: Promise<unknown>): Promise<void> {
    await work.catch(() => {});
  }
}

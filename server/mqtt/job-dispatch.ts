import type { CommandMessage, ResponseMessage } from '#contract/mqtt-topics.ts';
import type { Lab } from '../commons/facilities/facilities.ts';
import { type Attempt, attemptOf, type Job } from '../commons/jobs/jobs.ts';
import { declineJob, releaseJob } from '../commons/jobs/offer-job.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import type { PlanNow, PlannedJob } from '../commons/route-now.ts';
import { AppError } from '../errors.ts';
import type { CommandOutbox } from './command-outbox.ts';
import type { CoordinatorClock } from './coordinator-ports.ts';
import type { LabWatch } from './lab-watch.ts';
import { offerAndTake } from './offer-and-take.ts';
import { StartOrders } from './start-orders.ts';

/** How long a bridge may hold a job without starting it, counted anew by every renewal. */
export const LEASE_MS = 60_000;
/** Three renewals fit into one lease, so that one lost message does no harm. */
export const RENEW_EVERY_MS = LEASE_MS / 3;
/** After its lease a silent bridge has given the job back; this much more for slow clocks and networks. */
const GRACE_MS = 15_000;
/** A machine that refused is not asked again at once: what it says about itself may still be on the way. */
const REST_MS = 2_000;
/** Stands in an order to start where the lab has decided that nobody need clear the bed. */
const AUTOMATIC = 'automatic';
/** Refusals that no waiting mends: this machine is not asked for this job again. */
const FINAL_REFUSALS: ReadonlySet<string> = new Set([
  'wrong-process',
  'unknown-machine',
  'stale-fence',
  'conflict',
]);

export type DispatchOptions = {
  ledger: LedgerPort;
  watch: LabWatch;
  outbox: CommandOutbox;
  /** Sends without waiting for an answer. */
  publish: (lab: string, command: CommandMessage) => void;
  clock: CoordinatorClock;
  newId: () => string;
  plan: PlanNow;
  isLeading: () => boolean;
  /** Whether our state is as new as what its bridge has said last; until then it is given nothing. */
  isUpToDate: (lab: string) => boolean;
  log: (sentence: string) => void;
};

type Given = Attempt & { job: Job; id: string };

/**
 * Brings wanted jobs to machines: offers, assigns, starts, keeps leases alive, takes back what a lost bridge never began.
 * It is called after every change and looks at the whole: nothing is kept here that ledger and `hello` could not tell again.
 */
export class JobDispatch {
  readonly #options: DispatchOptions;
  /** Jobs and machines with a commit under way. */
  readonly #busy = new Set<string>();
  /** Until when a machine or an execution is left alone after a refusal. */
  readonly #restUntilMs = new Map<string, number>();
  /** Executions of which every order to start, whoever gave it, was heard here. */
  readonly #heardAll = new Set<string>();
  readonly #orders = new StartOrders();

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /** Looks at every open job once. Called after each commit and each word of a bridge. */
  consider(): void {
    const { ledger, isLeading } = this.#options;
    if (!isLeading()) return;
    const state = ledger.state();
    const given = this.given();
    for (const [machine, [first]] of byMachine(given)) {
      if (first !== undefined && !this.#isResting(machine)) this.#carryOn(first, state.labs.get(first.lab));
    }
    const taken = new Set(given.map(machineOf));
    const free = new Set<string>();
    for (const lab of state.labs.values())
      for (const key of this.#readyMachines(lab)) if (!taken.has(key)) free.add(key);
    if (free.size > 0) this.#offer(free);
  }

  /** Machines that could begin something now, of a lab that lets itself be given work. */
  #readyMachines(lab: Lab): string[] {
    const { watch, isUpToDate } = this.#options;
    if (lab.consent !== 'automatic' || !isUpToDate(lab.lab) || !watch.bridge(lab.lab).isGreeted) return [];
    return [...lab.machines.keys()]
      .filter((machine) => isReadyForWork(lab, watch.live(lab.lab, machine).state))
      .map((machine) => `${lab.lab}/${machine}`)
      .filter((key) => !this.#busy.has(key) && !this.#isResting(key));
  }

  /** Attempts that have not ended, the ones with lower fences first. */
  given(): Given[] {
    const { jobs } = this.#options.ledger.state();
    const given: Given[] = [];
    for (const id of jobs.open) {
      const job = jobs.all.get(id);
      const attempt = job && attemptOf(job);
      if (job !== undefined && attempt !== undefined) given.push({ ...attempt, job, id });
    }
    return given.sort((a, b) => a.fence - b.fence);
  }

  /** Whether an order to start may have reached the machine; after a restart, or a gap in hearing, only the bridge knows. */
  mayHaveStarted({ job, execution }: Pick<Given, 'job' | 'execution'>): boolean {
    const { state } = job.phase;
    if (state === 'running' || state === 'unknown' || this.#orders.has(execution)) return true;
    return state === 'preparing' && !this.#heardAll.has(execution);
  }

  /** A bridge said that it holds the job and has not begun, and no order can have been on its way that was not heard here. */
  noteNotStarted(execution: string): void {
    this.#heardAll.add(execution);
  }

  /** An order to start on the broker, whose ever. */
  overhearStart(execution: string, command: string): void {
    this.#orders.overhear(execution, command);
  }

  hearAnswer(response: ResponseMessage): void {
    this.#orders.hear(response);
  }

  /** Other coordinators were not heard for a while: any prepared job may have been started by their order. */
  missedOthers(): void {
    this.#heardAll.clear();
  }

  /** Another coordinator leads: what it will ask for itself need not be asked again by us. */
  handOver(): void {
    this.#orders.disown();
    this.#options.outbox.withdrawWhere(
      (command) =>
        command.type === 'assign' || (command.type === 'start' && command.bedClearedBy === AUTOMATIC),
    );
  }

  /** Orders the start, once; the answer says whether the machine was started. */
  start(
    { lab, machine, execution, fence }: Attempt,
    bedClearedBy: string,
    onAnswer: (said: ResponseMessage) => void,
  ): void {
    const { outbox, newId } = this.#options;
    const command = newId();
    this.#orders.give(execution, command);
    const order = { v: 1, command, type: 'start', machine, execution, fence, bedClearedBy } as const;
    outbox.send(lab, order, (response) => {
      if (response.result === 'rejected') this.#rest(`${lab}/${machine}`);
      onAnswer(response);
    });
  }

  /** Keeps every job that waits for its start alive at its bridge, and forgets the ones that have ended. */
  renewLeases(): void {
    const { watch, newId, publish, isLeading } = this.#options;
    const given = this.given();
    this.#forgetAllBut(new Set(given.map(({ execution }) => execution)));
    if (!isLeading()) return;
    for (const { lab, machine, execution, fence } of given) {
      const said = watch.bridge(lab).executions.get(execution);
      if (!watch.bridge(lab).isGreeted || said === undefined || this.#orders.has(execution)) continue;
      publish(lab, { v: 1, command: newId(), type: 'renew', machine, execution, fence, leaseMs: LEASE_MS });
    }
  }

  #forgetAllBut(open: ReadonlySet<string>): void {
    // What is being given away is not in the ledger yet.
    if (this.#busy.size > 0) return;
    for (const execution of this.#heardAll) if (!open.has(execution)) this.#heardAll.delete(execution);
    this.#orders.keepOnly(open);
  }

  /** Takes back what a machine that stays away cannot have begun, so that another one may make it. */
  async releaseLost(): Promise<void> {
    const { ledger, watch, clock, outbox, isLeading, isUpToDate, log } = this.#options;
    const isLong = (sinceMs: number) => clock.nowMs() - sinceMs > LEASE_MS + GRACE_MS;
    for (const given of this.given()) {
      const { lab, id: job, execution, machine } = given;
      if (!isLeading()) return;
      if (!isUpToDate(lab)) continue;
      const bridge = watch.bridge(lab);
      const isAutomatic = ledger.state().labs.get(lab)?.consent === 'automatic';
      if (!isAutomatic || this.mayHaveStarted(given)) continue;
      const { state, heardMs } = bridge.machines.get(machine) ?? { state: 'offline', heardMs: bridge.lostMs };
      if (bridge.isGreeted && isStuck(state) && isLong(heardMs)) this.#askBack(given);
      if (bridge.isOnline || !isLong(bridge.lostMs)) continue;
      outbox.withdraw(execution);
      log(`${lab} has been away too long: "${given.job.opened.title}" is wanted again.`);
      const reason = 'The bridge stayed away longer than its lease.';
      await this.#submit((state, context) => releaseJob(state, { job, by: lab, reason }, context));
    }
  }

  /** The bridge is there, its machine is not: the bridge gives the job back in its own signed words. */
  #askBack({ lab, machine, execution, fence }: Given): void {
    const { outbox, newId } = this.#options;
    if (outbox.has('release', execution)) return;
    outbox.send(lab, { v: 1, command: newId(), type: 'release', machine, execution, fence }, () => {});
  }

  #carryOn(given: Given, lab: Lab | undefined): void {
    const { watch, outbox } = this.#options;
    const bridge = watch.bridge(given.lab);
    if (lab === undefined || !bridge.isGreeted || !this.#options.isUpToDate(given.lab)) return;
    const { state } = given.job.phase;
    const said = bridge.executions.get(given.execution);
    const machineState = watch.live(given.lab, given.machine).state;
    if (state !== 'taken' && state !== 'preparing') return;
    if (said === undefined) {
      // A bridge without its journal, and an order to start that may have gone out before we were restarted: a person decides.
      if (this.mayHaveStarted(given)) return;
      const isAsked = outbox.has('assign', given.execution);
      if (!isAsked && isReadyForWork(lab, machineState)) this.#assign(given);
      return;
    }
    const mayStart = state === 'preparing' && said === 'READY' && lab.bedClear === 'automatic';
    // An order of a coordinator that led before may be lost with it; the bridge starts an execution once, however often it is told.
    if (mayStart && machineState === 'idle' && !this.#orders.isOwn(given.execution))
      this.start(given, AUTOMATIC, () => {});
  }

  #assign({ job, id, lab, machine, execution, fence }: Given): void {
    const { outbox, watch, newId } = this.#options;
    const { title, requirement, file } = job.opened;
    const command: CommandMessage = {
      ...{ v: 1, command: newId(), type: 'assign', machine, execution, job: id, fence, leaseMs: LEASE_MS },
      ...{ title: title.slice(0, 200), requirement, file, filePath: `/api/blobs/${file.hash}` },
    };
    outbox.send(lab, command, (response) => {
      if (response.result !== 'rejected') {
        const { executions } = watch.bridge(lab);
        if (!executions.has(execution)) executions.set(execution, 'ASSIGNED');
        return;
      }
      void this.#refused({ job, id, lab, machine, execution, fence }, response);
    });
  }

  async #refused(
    { id: job, lab, machine, execution }: Given,
    { code = '', sentence }: ResponseMessage,
  ): Promise<void> {
    const { ledger, log } = this.#options;
    const reason = sentence ?? 'The bridge refused it.';
    log(`${lab}/${machine} refused a job: ${reason}`);
    this.#rest(`${lab}/${machine}`);
    if (FINAL_REFUSALS.has(code))
      return this.#submit((state, context) => declineJob(state, { job, execution, reason }, context));
    // A person's taking stands; it is tried again when the machine says that it is ready.
    if (ledger.state().labs.get(lab)?.consent !== 'automatic') return;
    await this.#submit((state, context) => releaseJob(state, { job, by: lab, reason }, context));
  }

  /** All wanted jobs and free machines are planned together, anew each time; what was given stays given. */
  #offer(free: ReadonlySet<string>): void {
    const { ledger, plan } = this.#options;
    const { jobs } = ledger.state();
    const isWanted = (id: string) => jobs.all.get(id)?.phase.state === 'wanted' && !this.#busy.has(id);
    const wanted = [...jobs.open].filter(isWanted);
    if (wanted.length === 0) return;
    for (const planned of plan(wanted, free)) void this.#give(planned);
  }

  async #give({ job, lab, machine, score }: PlannedJob): Promise<void> {
    const key = `${lab}/${machine}`;
    const execution = this.#options.newId();
    this.#busy.add(key).add(job);
    this.#heardAll.add(execution);
    try {
      const taking = { job, execution, lab, machine, score, consent: 'automatic' } as const;
      await this.#submit((state, context) => offerAndTake(state, taking, context));
    } finally {
      this.#busy.delete(key);
      this.#busy.delete(job);
    }
    this.consider();
  }

  async #submit(decide: Parameters<LedgerPort['submit']>[0]): Promise<void> {
    try {
      await this.#options.ledger.submit(decide);
    } catch (cause) {
      // Another copy of the coordinator, or a person, was faster: the next look sees what holds now.
      const isExpected = cause instanceof AppError && cause.kind === 'conflict';
      if (!isExpected)
        this.#options.log(`The ledger refused: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  #rest(machine: string): void {
    const { clock } = this.#options;
    this.#restUntilMs.set(machine, clock.nowMs() + REST_MS);
    clock.after(REST_MS, () => {
      this.#restUntilMs.delete(machine);
      this.consider();
    });
  }

  #isResting(machine: string): boolean {
    return (this.#restUntilMs.get(machine) ?? 0) > this.#options.clock.nowMs();
  }
}

/** A machine whose bed a person clears may get its next job while the last one still lies on it. */
function isReadyForWork(lab: Lab, state: string): boolean {
  return state === 'idle' || (state === 'needs-operator' && lab.bedClear === 'by-hand');
}

/** No work gets done there until somebody has been at the machine. */
function isStuck(state: string): boolean {
  return state === 'offline' || state === 'connecting' || state === 'alarm';
}

function machineOf({ lab, machine }: Attempt): string {
  return `${lab}/${machine}`;
}

function byMachine(given: readonly Given[]): Map<string, Given[]> {
  const groups = new Map<string, Given[]>();
  for (const one of given) {
    const group = groups.get(machineOf(one));
    if (group === undefined) groups.set(machineOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

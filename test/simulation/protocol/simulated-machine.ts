import type {
  Machine,
  MachineEvent,
  MachineIdentity,
  MachineListener,
  MachineState,
  MachineTelemetry,
  RunOutcome,
} from '../../../firmware-bridge/machine.ts';
import type { VirtualTime } from '../virtual-time.ts';
import type { Dice, Life } from './life.ts';

/** What the machine itself has seen: the judge of everything that the ledger claims. */
export type Run = {
  job: string;
  execution: string;
  startedMs: number;
  end?: 'succeeded' | 'failed' | 'cancelled' | 'aborted';
  endedMs?: number;
};

const REFUSE_RATE = 0.02;
const SILENT_RATE = 0.03;
const FAILURE_RATE = 0.15;
const ANSWERS_A_RUN = 4;

/** The metal: it outlives every life of its bridge and keeps a record of all that it ever did. */
export class SimulatedMachine {
  readonly runs: Run[] = [];
  readonly name: string;
  readonly #time: VirtualTime;
  readonly #dice: Dice;
  #localUntilMs = 0;
  isInAlarm = false;
  isCalm = false;

  constructor(name: string, time: VirtualTime, dice: Dice) {
    this.name = name;
    this.#time = time;
    this.#dice = dice;
  }

  get running(): Run | undefined {
    const last = this.runs.at(-1);
    return last?.end === undefined ? last : undefined;
  }

  get isBusyLocally(): boolean {
    return this.#time.nowMs < this.#localUntilMs;
  }

  get localLeftMs(): number {
    return Math.max(0, this.#localUntilMs - this.#time.nowMs);
  }

  /** Somebody at the machine uses it for work of their own. */
  useLocally(forMs: number): void {
    if (this.running === undefined && !this.isInAlarm && !this.isBusyLocally)
      this.#localUntilMs = this.#time.nowMs + forMs;
  }

  end(run: Run, how: NonNullable<Run['end']>): void {
    if (run.end !== undefined) return;
    run.end = how;
    run.endedMs = this.#time.nowMs;
  }

  /** The machine as one life of the bridge reaches it. */
  open(life: Life): Machine {
    return new MachinePort(this, this.#time, this.#dice, life);
  }
}

class MachinePort implements Machine {
  readonly #metal: SimulatedMachine;
  readonly #time: VirtualTime;
  readonly #dice: Dice;
  readonly #life: Life;
  readonly #listeners = new Set<MachineListener>();
  #state: MachineState = { kind: 'offline', reason: 'not connected yet' };
  #line = 0;
  #lines = 0;
  #leftMs = 0;
  #takeBack: (() => void) | undefined;

  constructor(metal: SimulatedMachine, time: VirtualTime, dice: Dice, life: Life) {
    this.#metal = metal;
    this.#time = time;
    this.#dice = dice;
    this.#life = life;
    // A streamed program ends with whoever streams it.
    life.onDeath(() => {
      if (metal.running !== undefined) metal.end(metal.running, 'aborted');
    });
  }

  async connect(): Promise<MachineIdentity> {
    await this.#pause(10, 400);
    if (!this.#metal.isCalm && this.#dice.chance(0.1)) throw new Error('nothing answers');
    this.#look();
    return {
      firmware: 'simulated',
      version: '1',
      capabilities: {
        ...{ jobHost: 'bridge', pause: 'immediate', positionKeptAfterCancel: true, hasHeaters: false },
        window: { unit: 'lines', size: 1 },
      },
    };
  }

  state = (): MachineState => this.#state;

  telemetry = (): MachineTelemetry => ({
    line: this.#line,
    linesTotal: this.#lines,
    linesAcknowledged: this.#line,
  });

  /** The first line of a program says, as a comment, whose it is. */
  async start(program: readonly string[]): Promise<void> {
    const [, job = '', execution = ''] = (program[0] ?? '').split(' ');
    await this.#pause(1, 30);
    if (this.#metal.isBusyLocally || this.#metal.running !== undefined) {
      this.#look();
      throw new Error('the machine works on something of its own');
    }
    if (this.#state.kind !== 'idle') throw new Error(`the machine is ${this.#state.kind}`);
    if (!this.#metal.isCalm && this.#dice.chance(REFUSE_RATE)) throw new Error('a line must not be sent');
    if (!this.#life.survives()) return never();
    const run: Run = { job, execution, startedMs: this.#time.nowMs };
    this.#metal.runs.push(run);
    this.#line = 0;
    this.#lines = program.length;
    this.#leftMs = this.#dice.between(3_000, 120_000);
    this.#set({ kind: 'running' });
    if (!this.#life.survives()) return never();
    this.#goOn(run);
  }

  async pause(): Promise<void> {
    await this.#pause(5, 200);
    if (this.#state.kind !== 'running') return;
    this.#takeBack?.();
    this.#set({ kind: 'paused' });
  }

  async resume(): Promise<void> {
    await this.#pause(5, 200);
    const run = this.#metal.running;
    if (this.#state.kind !== 'paused' || run === undefined) return;
    this.#set({ kind: 'running' });
    this.#goOn(run);
  }

  async cancel(): Promise<void> {
    await this.#pause(20, 2_000);
    if (this.#metal.running !== undefined)
      this.#finish(this.#metal.running, 'cancelled', { kind: 'cancelled', line: this.#line });
  }

  async clearFault(): Promise<void> {
    await this.#pause(20, 500);
    this.#metal.isInAlarm = false;
    this.#look();
  }

  onEvent(listener: MachineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    const { running } = this.#metal;
    if (running === undefined) return;
    const outcome = { kind: 'failed', cause: 'link-lost', words: 'closed', line: this.#line } as const;
    this.#finish(running, 'aborted', outcome);
  }

  #goOn(run: Run): void {
    const stepMs = this.#leftMs / Math.max(1, ANSWERS_A_RUN - this.#line);
    this.#takeBack = this.#life.after(stepMs, () => {
      this.#leftMs -= stepMs;
      this.#line += 1;
      if (!this.#metal.isCalm && this.#dice.chance(SILENT_RATE / ANSWERS_A_RUN)) return this.#goSilent(run);
      if (this.#line < ANSWERS_A_RUN) {
        this.#tell({ kind: 'acknowledged', line: this.#line });
        return this.#goOn(run);
      }
      if (!this.#dice.chance(FAILURE_RATE))
        return this.#finish(run, 'succeeded', { kind: 'succeeded', seconds: 1 });
      this.#metal.isInAlarm = true;
      const words = 'hit a limit switch';
      this.#finish(run, 'failed', {
        kind: 'failed',
        cause: 'alarm',
        code: 'ALARM:1',
        words,
        line: this.#line,
      });
    });
  }

  /** The cable: what was planned still moves, and nobody hears of it. */
  #goSilent(run: Run): void {
    const outcome = { kind: 'failed', cause: 'link-lost', words: 'silence', line: this.#line } as const;
    this.#metal.end(run, 'aborted');
    this.#state = { kind: 'offline', reason: 'silence' };
    this.#tell({ kind: 'ended', outcome });
    this.#tell({ kind: 'state', state: this.#state });
  }

  #finish(run: Run, how: NonNullable<Run['end']>, outcome: RunOutcome): void {
    this.#takeBack?.();
    this.#metal.end(run, how);
    if (!this.#life.survives()) return;
    this.#tell({ kind: 'ended', outcome });
    this.#look();
  }

  #look(): void {
    const { isInAlarm, isBusyLocally, localLeftMs } = this.#metal;
    if (isInAlarm) this.#set({ kind: 'alarm', code: 'ALARM:1', words: 'limit', positionLost: true });
    else if (!isBusyLocally) this.#set({ kind: 'idle' });
    else {
      this.#set({ kind: 'busy', words: 'somebody uses it' });
      this.#life.after(localLeftMs, () => this.#look());
    }
  }

  #set(state: MachineState): void {
    this.#state = state;
    this.#tell({ kind: 'state', state });
  }

  #tell(event: MachineEvent): void {
    if (this.#life.isDead) return;
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Never over for a bridge that has died. */
  #pause(leastMs: number, mostMs: number): Promise<void> {
    return new Promise((resolve) => void this.#life.after(this.#dice.between(leastMs, mostMs), resolve));
  }
}

function never(): Promise<void> {
  return new Promise(() => {});
}

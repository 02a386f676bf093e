import type {
  Machine,
  MachineEvent,
  MachineListener,
  MachineState,
  RunOutcome,
} from '../../firmware-bridge/machine.ts';

/** A machine that does what the test says, when it says so. */
export class FakeMachine implements Machine {
  /** Every program that was ever sent. */
  readonly programs: (readonly string[])[] = [];
  readonly calls: string[] = [];
  line = 0;
  refuseStart: string | undefined;
  readonly #listeners = new Set<MachineListener>();
  #state: MachineState = { kind: 'offline', reason: 'not connected yet' };

  async connect() {
    this.calls.push('connect');
    this.set({ kind: 'idle' });
    return {
      firmware: 'Fake',
      version: '1',
      capabilities: {
        jobHost: 'bridge' as const,
        pause: 'immediate' as const,
        positionKeptAfterCancel: true,
        hasHeaters: false,
        window: { unit: 'lines' as const, size: 1 },
      },
    };
  }

  state = () => this.#state;

  telemetry = () => ({
    positionMm: { xMm: this.line, yMm: 0, zMm: 0 },
    line: this.line,
    linesTotal: this.programs.at(-1)?.length ?? 0,
    linesAcknowledged: this.line,
  });

  async start(program: readonly string[]) {
    this.calls.push('start');
    if (this.refuseStart !== undefined) throw new Error(this.refuseStart);
    this.programs.push(program);
    this.set({ kind: 'running' });
  }

  async pause() {
    this.calls.push('pause');
    this.set({ kind: 'paused' });
  }

  async resume() {
    this.calls.push('resume');
    this.set({ kind: 'running' });
  }

  async cancel() {
    this.calls.push('cancel');
    this.end({ kind: 'cancelled', line: this.line });
  }

  async clearFault() {
    this.calls.push('clearFault');
    this.set({ kind: 'idle' });
  }

  onEvent(listener: MachineListener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close() {
    this.calls.push('close');
  }

  set(state: MachineState) {
    this.#state = state;
    this.tell({ kind: 'state', state });
  }

  reach(line: number) {
    this.line = line;
    this.tell({ kind: 'acknowledged', line });
    this.tell({ kind: 'telemetry', telemetry: this.telemetry() });
  }

  /** Ends the job; afterwards the machine is idle, or in alarm where it failed with one. */
  end(outcome: RunOutcome) {
    this.tell({ kind: 'ended', outcome });
    const isAlarm = outcome.kind === 'failed' && outcome.cause === 'alarm';
    this.set(
      isAlarm
        ? { kind: 'alarm', code: outcome.code ?? 'ALARM:1', words: outcome.words, positionLost: true }
        : { kind: 'idle' },
    );
  }

  tell(event: MachineEvent) {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

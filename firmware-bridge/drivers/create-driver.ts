import type { Machine, MachineClock, MachineEvent, MachineIdentity, MachineListener } from '../machine.ts';
import type { Dial, Link } from '../transport/link.ts';
import { LineFramer } from './line-framer.ts';
import type { CommandName, Protocol, ProtocolEffect, ProtocolInput, ProtocolView } from './protocol.ts';

type Waiting = { resolve: (identity?: MachineIdentity) => void; reject: (error: Error) => void };

/** Puts a protocol on a link and a clock. Inputs are taken one at a time, in the order in which they came. */
export function createDriver<State extends ProtocolView>(
  protocol: Protocol<State>,
  dial: Dial,
  clock: MachineClock,
): Machine {
  return new Driver(protocol, dial, clock);
}

class Driver<State extends ProtocolView> implements Machine {
  readonly #protocol: Protocol<State>;
  readonly #dial: Dial;
  readonly #clock: MachineClock;
  readonly #framer = new LineFramer();
  readonly #listeners = new Set<MachineListener>();
  readonly #waiting = new Map<CommandName, Waiting[]>();
  readonly #inputs: ProtocolInput[] = [];
  #isStepping = false;
  #state: State;
  #link: Link | undefined;
  /** Counts openings, so that bytes of an older link are not taken for those of the new one. */
  #opening = 0;
  #wakeAtMs = Infinity;
  #takeBackTimer: () => void = () => undefined;

  constructor(protocol: Protocol<State>, dial: Dial, clock: MachineClock) {
    this.#protocol = protocol;
    this.#dial = dial;
    this.#clock = clock;
    this.#state = protocol.initial();
  }

  state = () => this.#state.machine;
  telemetry = () => this.#state.telemetry;

  onEvent(listener: MachineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async connect(): Promise<MachineIdentity> {
    await this.#letGo();
    this.#opening += 1;
    const opening = this.#opening;
    const link = await this.#dial({
      onBytes: (bytes) => {
        if (opening === this.#opening) this.#hear(bytes);
      },
      onClosed: (reason) => {
        if (opening !== this.#opening) return;
        this.#link = undefined;
        this.#feed({ kind: 'closed', reason });
      },
    });
    if (opening !== this.#opening) {
      await link.close();
      throw new Error('The connection was given up while it was being made.');
    }
    this.#link = link;
    this.#framer.reset();
    const identity = await this.#ask('connect', { kind: 'opened' });
    if (identity === undefined) throw new Error('The machine did not say what it is.');
    return identity;
  }

  async start(program: readonly string[]): Promise<void> {
    await this.#ask('start', { kind: 'start', program });
  }

  pause = () => this.#command('pause');
  resume = () => this.#command('resume');
  cancel = () => this.#command('cancel');
  clearFault = () => this.#command('clearFault');

  async close(): Promise<void> {
    await this.#letGo();
    this.#takeBackTimer();
  }

  async #command(command: 'pause' | 'resume' | 'cancel' | 'clearFault'): Promise<void> {
    await this.#ask(command, { kind: 'command', command });
  }

  async #letGo(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    this.#opening += 1;
    if (link === undefined) return;
    this.#feed({ kind: 'closed', reason: 'The bridge let go of the machine.' });
    await link.close();
  }

  #ask(command: CommandName, input: ProtocolInput): Promise<MachineIdentity | undefined> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(command) ?? [];
      waiting.push({ resolve, reject });
      this.#waiting.set(command, waiting);
      this.#feed(input);
    });
  }

  #hear(bytes: Uint8Array): void {
    for (const text of this.#framer.push(bytes)) this.#feed({ kind: 'line', text });
  }

  /** A listener may give a command while an input is being worked on: it waits its turn. */
  #feed(input: ProtocolInput): void {
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const { state, effects } = this.#protocol.step(this.#state, next, this.#clock.nowMs());
        this.#state = state;
        for (const effect of effects) this.#perform(effect);
      }
    } finally {
      this.#isStepping = false;
    }
    this.#schedule();
  }

  #perform(effect: ProtocolEffect): void {
    switch (effect.kind) {
      case 'write':
        this.#link?.write(Buffer.from(effect.text, 'latin1'));
        return;
      case 'event':
        this.#tell(effect.event);
        return;
      case 'settle':
        this.#settle(effect);
        return;
      case 'close': {
        const link = this.#link;
        this.#link = undefined;
        this.#opening += 1;
        link?.close().catch(() => undefined);
        return;
      }
    }
  }

  #tell(event: MachineEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #settle(effect: Extract<ProtocolEffect, { kind: 'settle' }>): void {
    const waiting = this.#waiting.get(effect.command) ?? [];
    this.#waiting.delete(effect.command);
    for (const one of waiting) {
      if (effect.problem === undefined) one.resolve(effect.identity);
      else one.reject(new Error(effect.problem));
    }
  }

  #schedule(): void {
    const { wakeAtMs } = this.#state;
    if (wakeAtMs === this.#wakeAtMs) return;
    this.#takeBackTimer();
    this.#wakeAtMs = wakeAtMs;
    this.#takeBackTimer = () => undefined;
    if (wakeAtMs === Infinity) return;
    this.#takeBackTimer = this.#clock.after(Math.max(0, wakeAtMs - this.#clock.nowMs()), () => {
      this.#wakeAtMs = Infinity;
      this.#feed({ kind: 'tick' });
    });
  }
}

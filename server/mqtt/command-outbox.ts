import type { CommandMessage, ResponseMessage } from '#contract/mqtt-topics.ts';
import type { CoordinatorClock } from './coordinator-ports.ts';

/** A command without an answer is sent again with the same id, less and less often; the bridge answers a repeat as before. */
const FIRST_RETRY_MS = 5_000;
const RETRY_GROWTH = 1.5;
const LONGEST_RETRY_MS = 60_000;

type Waiting = {
  lab: string;
  command: CommandMessage;
  retryMs: number;
  takeBack: () => void;
  onAnswer: (response: ResponseMessage) => void;
};

/** Commands that no bridge has answered. It holds nothing that the ledger and `hello` could not rebuild. */
export class CommandOutbox {
  readonly #waiting = new Map<string, Waiting>();
  readonly #clock: CoordinatorClock;
  readonly #publish: (lab: string, command: CommandMessage) => void;

  constructor(clock: CoordinatorClock, publish: (lab: string, command: CommandMessage) => void) {
    this.#clock = clock;
    this.#publish = publish;
  }

  send(lab: string, command: CommandMessage, onAnswer: (response: ResponseMessage) => void): void {
    const waiting: Waiting = { lab, command, retryMs: FIRST_RETRY_MS, takeBack: () => {}, onAnswer };
    this.#waiting.set(command.command, waiting);
    this.#push(waiting);
  }

  hear(lab: string, response: ResponseMessage): void {
    const waiting = this.#waiting.get(response.command);
    if (waiting === undefined || waiting.lab !== lab) return;
    this.#forget(waiting);
    waiting.onAnswer(response);
  }

  /** After `hello`: the bridge may have missed anything that was sent before. */
  resend(lab: string): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.lab !== lab) continue;
      waiting.takeBack();
      waiting.retryMs = FIRST_RETRY_MS;
      this.#push(waiting);
    }
  }

  /** Whatever was asked about an execution has no meaning any more. */
  withdraw(execution: string): void {
    for (const waiting of [...this.#waiting.values()])
      if ('execution' in waiting.command && waiting.command.execution === execution) this.#forget(waiting);
  }

  /** What another coordinator sees to from now on. */
  withdrawWhere(isTheirs: (command: CommandMessage) => boolean): void {
    for (const waiting of [...this.#waiting.values()]) if (isTheirs(waiting.command)) this.#forget(waiting);
  }

  withdrawCommand(command: string): void {
    const waiting = this.#waiting.get(command);
    if (waiting !== undefined) this.#forget(waiting);
  }

  has(type: CommandMessage['type'], execution: string): boolean {
    return [...this.#waiting.values()].some(
      ({ command }) => command.type === type && 'execution' in command && command.execution === execution,
    );
  }

  stop(): void {
    for (const waiting of [...this.#waiting.values()]) this.#forget(waiting);
  }

  #push(waiting: Waiting): void {
    this.#publish(waiting.lab, waiting.command);
    waiting.takeBack = this.#clock.after(waiting.retryMs, () => {
      waiting.retryMs = Math.min(waiting.retryMs * RETRY_GROWTH, LONGEST_RETRY_MS);
      this.#push(waiting);
    });
  }

  #forget(waiting: Waiting): void {
    waiting.takeBack();
    this.#waiting.delete(waiting.command.command);
  }
}

import type { ResponseMessage } from '#contract/mqtt-topics.ts';

/**
 * Which executions may have been told to start, by this coordinator or by another one that was overheard. An order
 * counts until its bridge refuses it; silence never takes one back.
 */
export class StartOrders {
  readonly #commands = new Map<string, Set<string>>();
  readonly #own = new Set<string>();
  readonly #refused = new Map<string, string>();

  /** To be called before the order is sent: from then on nobody may take the job for one that was never started. */
  give(execution: string, command: string): void {
    this.#own.add(execution);
    this.overhear(execution, command);
  }

  overhear(execution: string, command: string): void {
    if (this.#refused.has(command)) return;
    const commands = this.#commands.get(execution);
    if (commands === undefined) this.#commands.set(execution, new Set([command]));
    else commands.add(command);
  }

  /** An answer of a bridge to anybody's command. */
  hear({ command, execution, result }: ResponseMessage): void {
    if (result !== 'rejected' || execution === undefined) return;
    const commands = this.#commands.get(execution);
    if (commands?.delete(command) !== true) return;
    // A repeat of the order may still be on its way to us.
    this.#refused.set(command, execution);
    if (commands.size > 0) return;
    this.#commands.delete(execution);
    this.#own.delete(execution);
  }

  has(execution: string): boolean {
    return this.#commands.has(execution);
  }

  /** Ordered by this coordinator, which sees to it that the order arrives. */
  isOwn(execution: string): boolean {
    return this.#own.has(execution);
  }

  /** Another coordinator sees to the orders from now on. */
  disown(): void {
    this.#own.clear();
  }

  /** Forgets executions that have ended. */
  keepOnly(open: ReadonlySet<string>): void {
    for (const execution of this.#commands.keys()) if (!open.has(execution)) this.#commands.delete(execution);
    for (const execution of this.#own) if (!open.has(execution)) this.#own.delete(execution);
    for (const [command, execution] of this.#refused) if (!open.has(execution)) this.#refused.delete(command);
  }
}

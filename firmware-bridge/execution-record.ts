import type { EntryData } from '#contract/entries.ts';
import type { ExecutionMessage, SignedFact } from '#contract/mqtt-topics.ts';
import type { Execution, Journal } from './journal.ts';

/** What a bridge may state in the ledger about its own machines. */
export type FactDraft =
  | { type: 'job.prepared'; data: Omit<EntryData<'job.prepared'>, keyof Occurrence> }
  | { type: 'job.started'; data: Omit<EntryData<'job.started'>, keyof Occurrence> }
  | { type: 'job.finished'; data: Omit<EntryData<'job.finished'>, keyof Occurrence> }
  | { type: 'job.failed'; data: Omit<EntryData<'job.failed'>, keyof Occurrence> }
  | { type: 'job.released'; data: { reason: string } };
type Occurrence = { job: string; execution: string; lab: string; machine: string; fence: number };

/** Facts are kept in the order given. */
export type AdvanceOptions = { facts?: readonly FactDraft[]; also?: () => void };

export type RecorderOptions = {
  lab: string;
  journal: Journal;
  newId: () => string;
  sign: (body: SignedFact['body']) => SignedFact;
  /** Sends a message now, if there is a connection; the journal keeps the ones with facts until they are acknowledged. */
  tell: (message: ExecutionMessage) => void;
};

/** Writes each change of an execution into the journal before anybody hears of it. */
export class Recorder {
  readonly #options: RecorderOptions;
  #sequence = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Number of the newest message. */
  get sequence(): number {
    return this.#sequence;
  }

  /**
   * Changes an execution, signs and keeps the facts, and does `also` in the same transaction; then tells the coordinator.
   * Returns the execution as it is now.
   */
  advance(
    before: Execution,
    patch: Partial<Execution>,
    { facts = [], also }: AdvanceOptions = {},
  ): Execution {
    const { journal, tell } = this.#options;
    const after: Execution = { ...before, ...patch };
    const signed = facts.map((fact) => this.#sign(after, fact));
    const messages =
      signed.length === 0 ? [this.#messageOf(after)] : signed.map((fact) => this.#messageOf(after, fact));
    journal.transact(() => {
      journal.saveExecution(after);
      for (const message of messages)
        if (message.fact !== undefined) journal.addFact(message.fact.body.id, message);
      also?.();
    });
    for (const message of messages) tell(message);
    return after;
  }

  /** Says the state again, without a change. */
  repeat(execution: Execution): void {
    this.#options.tell(this.#messageOf(execution));
  }

  #sign({ job, execution, machine, fence }: Execution, fact: FactDraft): SignedFact {
    const { lab, newId, sign } = this.#options;
    const data =
      fact.type === 'job.released'
        ? { job, execution, by: lab, reason: fact.data.reason }
        : { job, execution, lab, machine, fence, ...fact.data };
    return sign({ id: newId(), stream: `job/${job}`, type: fact.type, v: 1, data });
  }

  #messageOf(from: Execution, fact?: SignedFact): ExecutionMessage {
    const { execution, job, machine, fence, state, line } = from;
    const { epoch } = this.#options.journal;
    this.#sequence += 1;
    return {
      ...{ v: 1, epoch, seq: this.#sequence, execution, job, machine, fence, state },
      ...(line !== undefined && { line }),
      ...(fact !== undefined && { fact }),
    };
  }
}

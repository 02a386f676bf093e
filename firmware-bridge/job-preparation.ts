import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { PROGRAM_MIME } from '#contract/sheet-layout.ts';
import type { FileStore } from './file-store.ts';
import type { LoadedProgram } from './job-run.ts';
import type { Execution, PreparedProgram } from './journal.ts';
import type { MachineConfig } from './machine-config.ts';
import { FileRefused, type ServerFiles } from './server-files.ts';

/** Launches the thread's TypeScript, as `commonwright-bridge.js` does for the process. */
const THREAD = new URL('./preparation-thread.js', import.meta.url);
/** A design that takes longer than this to become a program is refused, so that the next job gets its turn. */
const THREAD_TIMEOUT_MS = 10 * 60_000;

/** The file is as announced, but no program for this machine comes out of it. */
export class NotPreparable extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'NotPreparable';
  }
}

export type Prepared = { program: PreparedProgram; loaded: LoadedProgram };
export type Prepare = (execution: Execution, signal: AbortSignal) => Promise<Prepared>;

export type ThreadTask = { number: number; machine: MachineConfig; hash: string; folder: string };

export const ThreadAnswer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('made'),
    number: z.int(),
    program: z.object({ hash: z.string(), bytes: z.int(), lines: z.int(), estimatedSeconds: z.int() }),
    planned: z.custom<Float64Array>((value) => value instanceof Float64Array),
  }),
  z.object({ kind: z.literal('refused'), number: z.int(), isFile: z.boolean(), sentence: z.string() }),
]);
export type ThreadAnswer = z.infer<typeof ThreadAnswer>;

type Waiting = { resolve: (answer: ThreadAnswer) => void; reject: (cause: Error) => void };

/**
 * Makes programs in a thread of its own, so that long toolpaths never delay the bytes to a machine that is running.
 * One thread, one program at a time, in the order asked.
 */
export class PreparationThread {
  readonly #folder: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #number = 0;

  /** `folder` is the file store's, in which the thread finds files and leaves programs. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#worker = this.#launch();
  }

  make(machine: MachineConfig, hash: string): Promise<ThreadAnswer> {
    this.#worker ??= this.#launch();
    this.#number += 1;
    const task: ThreadTask = { number: this.#number, machine, hash, folder: this.#folder };
    const answer = new Promise<ThreadAnswer>((resolve, reject) => {
      this.#waiting.set(task.number, { resolve, reject });
    });
    this.#worker.postMessage(task);
    const timer = setTimeout(() => {
      if (this.#waiting.has(task.number))
        this.#fail(`Making the program took longer than ${THREAD_TIMEOUT_MS / 60_000} minutes.`);
    }, THREAD_TIMEOUT_MS);
    return answer.finally(() => clearTimeout(timer));
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #launch(): Worker {
    const worker = new Worker(THREAD);
    worker.on('message', (message: unknown) => {
      const answer = ThreadAnswer.parse(message);
      this.#waiting.get(answer.number)?.resolve(answer);
      this.#waiting.delete(answer.number);
    });
    worker.on('error', (cause) => this.#fail(`Making the program failed: ${cause.message}`));
    // The thread alone must not keep the process alive.
    worker.unref();
    return worker;
  }

  #fail(sentence: string): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
    for (const { reject } of this.#waiting.values()) reject(new NotPreparable(sentence));
    this.#waiting.clear();
  }
}

/** Fetches a job's file, makes this machine's program of it, and hands the program to the server for all to see. */
export function preparationFor(
  machine: MachineConfig,
  { files, store, thread }: { files: ServerFiles; store: FileStore; thread: PreparationThread },
): Prepare {
  return async ({ filePath, file }, signal) => {
    await files.fetch(filePath, file, signal);
    const answer = await thread.make(machine, file.hash);
    if (answer.kind === 'refused')
      throw answer.isFile ? new FileRefused(answer.sentence) : new NotPreparable(answer.sentence);
    const { hash, bytes, lines, estimatedSeconds } = answer.program;
    const text = await store.read(hash);
    if (text === undefined) throw new NotPreparable('The program was damaged on disk while it was made.');
    await files.upload(hash, text, signal);
    return {
      program: { file: { hash, bytes, mime: PROGRAM_MIME }, lines, estimatedSeconds },
      loaded: { lines: linesOf(text.toString('utf8')), planned: answer.planned, estimatedSeconds },
    };
  };
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

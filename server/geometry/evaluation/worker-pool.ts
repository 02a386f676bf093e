import { Worker } from 'node:worker_threads';
import { AppError } from '../../errors.ts';
import { refusals } from '../sandbox/refusals.ts';
import type { WorkerAnswer, WorkerResult, WorkerTask } from './worker-messages.ts';

/** Evaluations that wait; more than a person would wait for are refused at once. */
const MAX_WAITING = 100;

/** JavaScript objects of one worker; the WASM memories of sandbox and kernel have limits of their own. */
const WORKER_HEAP_MEBIBYTES = 768;

/** Evaluations after which a worker is replaced: the memory of a WASM module grows and never shrinks. */
const TASKS_PER_WORKER = 500;

interface Waiting {
  readonly task: WorkerTask;
  readonly resolve: (result: WorkerResult) => void;
  readonly reject: (error: Error) => void;
}

interface Member {
  readonly worker: Worker;
  isReady: boolean;
  tasksDone: number;
  current: Waiting | undefined;
  timer: NodeJS.Timeout | undefined;
}

function startWorker(): Worker {
  return new Worker(new URL('./worker-start.js', import.meta.url), {
    execArgv: [],
    env: {},
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MEBIBYTES },
  });
}

/**
 * A few warm workers, each with one task at a time. A worker that does not answer in time is ended, and with it the
 * script that hangs; the next task gets a new one.
 */
export class WorkerPool {
  readonly #size: number;
  readonly #deadlineMs: number;
  readonly #members = new Set<Member>();
  readonly #waiting: Waiting[] = [];
  #isClosed = false;

  /** `deadlineMs` is for the whole task: script, kernel, nesting and files. */
  constructor(options: { workers: number; deadlineMs: number }) {
    this.#size = options.workers;
    this.#deadlineMs = options.deadlineMs;
    for (let index = 0; index < this.#size; index += 1) this.#add();
  }

  run(task: WorkerTask): Promise<WorkerResult> {
    if (this.#isClosed)
      return Promise.reject(new AppError('unavailable', 'The server is stopping. Try again in a minute.'));
    if (this.#waiting.length >= MAX_WAITING) {
      const sentence = 'Too many designs are being evaluated just now. Try again in a minute.';
      return Promise.reject(new AppError('too-much', sentence, { code: 'geometry.busy' }));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      if (this.#members.size === 0) this.#add();
      this.#assign();
    });
  }

  /** Ends all workers; tasks that wait are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const stopping = new AppError('unavailable', 'The server is stopping. Try again in a minute.');
    for (const { reject } of this.#waiting.splice(0)) reject(stopping);
    await Promise.all(
      [...this.#members].map((member) => {
        this.#settle(member)?.reject(stopping);
        return member.worker.terminate();
      }),
    );
    this.#members.clear();
  }

  #add(): void {
    const member: Member = {
      worker: startWorker(),
      isReady: false,
      tasksDone: 0,
      current: undefined,
      timer: undefined,
    };
    this.#members.add(member);
    member.worker.on('message', (message: WorkerAnswer | 'ready') => {
      if (message === 'ready') {
        member.isReady = true;
        member.worker.unref();
      } else this.#finish(member, message);
      this.#assign();
    });
    member.worker.on('error', (error: Error & { code?: string }) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.#lose(member, isMemory ? refusals.outOfMemory(WORKER_HEAP_MEBIBYTES) : broken(error.message));
    });
    member.worker.on('exit', () => this.#lose(member, broken('the worker ended')));
  }

  #assign(): void {
    for (const member of this.#members) {
      if (!member.isReady || member.current !== undefined) continue;
      const next = this.#waiting.shift();
      if (next === undefined) return;
      member.current = next;
      member.timer = setTimeout(
        () => this.#lose(member, refusals.tooSlow(this.#deadlineMs / 1000)),
        this.#deadlineMs,
      );
      // A task in hand keeps the process alive, an idle worker does not.
      member.worker.ref();
      member.worker.postMessage(next.task);
    }
  }

  #settle(member: Member): Waiting | undefined {
    clearTimeout(member.timer);
    const { current } = member;
    member.current = undefined;
    member.worker.unref();
    return current;
  }

  #finish(member: Member, answer: WorkerAnswer): void {
    const task = this.#settle(member);
    member.tasksDone += 1;
    if (answer.outcome === 'done') task?.resolve(answer.result);
    else if (answer.outcome === 'refused') {
      const { kind, sentence, code, details } = answer;
      task?.reject(new AppError(kind, sentence, { code, details: { ...details } }));
    } else task?.reject(broken(answer.message));
    if (answer.outcome === 'broken' || member.tasksDone >= TASKS_PER_WORKER)
      this.#lose(member, broken('replaced'));
  }

  #lose(member: Member, error: AppError): void {
    if (!this.#members.delete(member)) return;
    this.#settle(member)?.reject(error);
    void member.worker.terminate();
    if (this.#isClosed) return;
    // A worker that cannot even start would be started for ever: the tasks learn of it, the next task tries again.
    if (member.isReady) this.#add();
    else if (this.#members.size === 0) for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

function broken(message: string): AppError {
  return new AppError(
    'unavailable',
    'The design could not be evaluated because of a fault of the program, not of the design. Try again; if it happens again, report it.',
    { code: 'geometry.broken', details: {}, cause: new Error(message) },
  );
}

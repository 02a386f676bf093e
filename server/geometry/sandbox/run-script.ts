import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import { AppError } from '../../errors.ts';
import type { Kernel } from '../kernel/manifold-kernel.ts';
import { compile, exposeHost } from './expose-host.ts';
import {
  MAX_OUTPUT_CHARACTERS,
  MAX_SEGMENTS,
  SCRIPT_SEED,
  SCRIPT_TIME_MS,
  type ScriptLimits,
  STACK_LIMIT_BYTES,
} from './limits.ts';
import { createModuleSources } from './module-sources.ts';
import { refusals } from './refusals.ts';
import { SolidStore } from './solid-store.ts';

export interface Script {
  /** Texts of the package by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Path of the file that exports `main`. */
  readonly entry: string;
}

export interface ScriptSurroundings {
  readonly kernel: Kernel;
  readonly limits: ScriptLimits;
  /** Milliseconds of a clock that only runs forward, for the deadline. */
  readonly nowMs: () => number;
}

let interpreter: Promise<QuickJSWASMModule> | undefined;

/** The interpreter's WASM module, one for a worker; each evaluation has its own runtime in it. */
export function loadInterpreter(): Promise<QuickJSWASMModule> {
  interpreter ??= newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
  return interpreter;
}

/** One evaluation's own world: made, used once and thrown away, so that nothing of one design reaches another. */
class Evaluation {
  readonly store: SolidStore;
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #script: Script;
  readonly #limits: ScriptLimits;
  #refused: AppError | undefined;
  #isTooLate = false;

  constructor(interpreter: QuickJSWASMModule, script: Script, surroundings: ScriptSurroundings) {
    const { kernel, limits, nowMs } = surroundings;
    this.#script = script;
    this.#limits = limits;
    this.store = new SolidStore(kernel);
    this.#runtime = interpreter.newRuntime();
    this.#runtime.setMemoryLimit(limits.memoryMebibytes * 1024 * 1024);
    this.#runtime.setMaxStackSize(STACK_LIMIT_BYTES);
    const endMs = nowMs() + limits.deadlineMs;
    this.#runtime.setInterruptHandler(() => {
      this.#isTooLate ||= nowMs() > endMs;
      return this.#isTooLate;
    });
    this.#context = this.#runtime.newContext();
  }

  /** Calls one function of the guest and hands its JSON back. */
  call(name: 'definitions' | 'run', ...args: string[]): string {
    const context = this.#context;
    const guest = this.#start();
    const method = context.getProp(guest, name);
    const handles = [`design:${this.#script.entry}`, ...args].map((text) => context.newString(text));
    const result = context.callFunction(method, guest, handles);
    for (const handle of [...handles, method, guest]) handle.dispose();
    return this.#textOf(this.#unwrap(result));
  }

  /** Prepares the world of the script; the guest's module then holds the functions that `call` calls. */
  #start(): QuickJSHandle {
    const context = this.#context;
    const sources = createModuleSources(this.#script.files);
    const host = exposeHost(context, {
      entry: this.#script.entry,
      sources,
      store: this.store,
      refuse: (error) => {
        this.#refused ??= error;
      },
    });
    const given = context.newObject();
    const module = context.newObject();
    const numbers = { seed: SCRIPT_SEED, fixedTimeMs: SCRIPT_TIME_MS, maxSegments: MAX_SEGMENTS };
    for (const [name, number] of Object.entries(numbers)) {
      context.newNumber(number).consume((handle) => context.setProp(given, name, handle));
    }
    context.setProp(given, 'host', host);
    context.setProp(module, 'given', given);
    for (const id of ['guest:world.js', 'guest:modules.js']) {
      compile(context, sources, id).consume((run) => {
        this.#unwrap(context.callFunction(run, context.undefined, module)).dispose();
      });
    }
    const guest = context.getProp(module, 'exports');
    for (const handle of [host, given, module]) handle.dispose();
    return guest;
  }

  #textOf(handle: QuickJSHandle): string {
    try {
      if (this.#context.typeof(handle) !== 'string') return '[]';
      const length = this.#context.getProp(handle, 'length').consume((held) => this.#context.getNumber(held));
      if (length > MAX_OUTPUT_CHARACTERS) throw refusals.tooMuchOutput();
      return this.#context.getString(handle);
    } finally {
      handle.dispose();
    }
  }

  #unwrap(result: { value: QuickJSHandle } | { error: QuickJSHandle }): QuickJSHandle {
    if (!('error' in result) || result.error === undefined) {
      const { value } = result as { value: QuickJSHandle };
      if (this.#refused === undefined) return value;
      value.dispose();
      throw this.#refused;
    }
    throw this.#explain(result.error);
  }

  #explain(error: QuickJSHandle): AppError {
    const { message, name, stack } = this.#readError(error);
    if (this.#isTooLate) return refusals.tooSlow(this.#limits.deadlineMs / 1000);
    if (this.#refused !== undefined) return this.#refused;
    if (/out of memory/.test(message) || message === 'null')
      return refusals.outOfMemory(this.#limits.memoryMebibytes);
    const where = this.#whereInDesign(stack);
    if (/stack overflow|call stack size/i.test(message)) return refusals.tooDeep(where);
    const said = name === 'Error' || name === '' ? message : `${name}: ${message}`;
    return refusals.threw(endSentence(said.slice(0, MAX_MESSAGE_CHARACTERS)), where);
  }

  #readError(error: QuickJSHandle): { message: string; name: string; stack: string } {
    const read = (key: string): string => {
      const value = this.#context.getProp(error, key);
      try {
        return this.#context.typeof(value) === 'string' ? this.#context.getString(value) : '';
      } finally {
        value.dispose();
      }
    };
    try {
      if (this.#context.typeof(error) !== 'object') {
        return { message: this.#context.getString(error), name: '', stack: '' };
      }
      return { message: read('message'), name: read('name'), stack: read('stack') };
    } catch {
      return { message: 'an error that cannot be read', name: '', stack: '' };
    } finally {
      error.dispose();
    }
  }

  /** The innermost line of the stack that lies in a file of the package. */
  #whereInDesign(stack: string): string {
    for (const [, file = '', line = ''] of stack.matchAll(/\(?([\w./-]+):(\d+)(?::\d+)?\)?/g)) {
      if (this.#script.files.has(file)) return ` at ${file}:${line}`;
    }
    return '';
  }

  /** Frees the interpreter's memory. The solids stay until the store is cleared. */
  end(): void {
    // A context that ran out of memory in mid-call may hold references that the interpreter refuses to count down.
    try {
      this.#context.dispose();
      this.#runtime.dispose();
    } catch {
      interpreter = undefined;
    }
  }
}

/** Longer messages of authors are cut: they are shown in a notice. */
const MAX_MESSAGE_CHARACTERS = 400;

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

async function withEvaluation<T>(
  script: Script,
  surroundings: ScriptSurroundings,
  use: (evaluation: Evaluation) => T,
): Promise<T> {
  const evaluation = new Evaluation(await loadInterpreter(), script, surroundings);
  try {
    return use(evaluation);
  } catch (error) {
    if (error instanceof AppError) throw error;
    // An abort of the interpreter's WASM (its memory at the end) leaves it unusable: the next run loads a new one.
    interpreter = undefined;
    throw refusals.outOfMemory(surroundings.limits.memoryMebibytes);
  } finally {
    evaluation.end();
  }
}

/** What `getParameterDefinitions()` of the design returns, not yet checked. Throws AppErrors of `refusals`. */
export function readDefinitions(script: Script, surroundings: ScriptSurroundings): Promise<unknown> {
  return withEvaluation(script, surroundings, (evaluation) => {
    try {
      const parsed: unknown = JSON.parse(evaluation.call('definitions'));
      return parsed;
    } finally {
      evaluation.store.clear();
    }
  });
}

/** Runs `main(parameters)` and hands over the JSON that describes the returned shapes, and the store with their solids. */
export function runMain(
  script: Script,
  parameters: Readonly<Record<string, unknown>>,
  surroundings: ScriptSurroundings,
): Promise<{ described: unknown; store: SolidStore }> {
  return withEvaluation(script, surroundings, (evaluation) => {
    try {
      const described: unknown = JSON.parse(evaluation.call('run', JSON.stringify(parameters)));
      return { described, store: evaluation.store };
    } catch (error) {
      evaluation.store.clear();
      throw error;
    }
  });
}

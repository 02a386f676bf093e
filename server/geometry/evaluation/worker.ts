import { parentPort } from 'node:worker_threads';
import { AppError } from '../../errors.ts';
import { loadKernel } from '../kernel/manifold-kernel.ts';
import { loadInterpreter, readDefinitions } from '../sandbox/run-script.ts';
import { evaluateTask } from './make-report.ts';
import type { WorkerAnswer, WorkerResult, WorkerTask } from './worker-messages.ts';

const nowMs = (): number => performance.now();

async function work(task: WorkerTask): Promise<WorkerResult> {
  const kernel = await loadKernel();
  if (task.kind === 'evaluate')
    return { kind: 'evaluate', ...(await evaluateTask(task.task, kernel, nowMs)) };
  const script = { files: task.sources, entry: task.entry };
  return {
    kind: 'definitions',
    described: await readDefinitions(script, { kernel, limits: task.limits, nowMs }),
  };
}

async function answer(task: WorkerTask): Promise<WorkerAnswer> {
  try {
    return { outcome: 'done', result: await work(task) };
  } catch (error) {
    if (error instanceof AppError) {
      const { kind, message, code, details } = error;
      return { outcome: 'refused', kind, sentence: message, code, details };
    }
    return {
      outcome: 'broken',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

/** The buffers of the files move to the other side instead of being copied. */
function buffersOf(sent: WorkerAnswer): ArrayBuffer[] {
  if (sent.outcome !== 'done' || sent.result.kind !== 'evaluate') return [];
  const buffers = [...sent.result.files.values()].map(({ buffer }) => buffer);
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}

const port = parentPort;
// Both WASM modules are loaded before the first task comes, so that a first customer does not wait for them.
await Promise.all([loadKernel(), loadInterpreter()]);
port?.on('message', (task: WorkerTask) => {
  void answer(task).then((sent) => port.postMessage(sent, buffersOf(sent)));
});
port?.postMessage('ready');

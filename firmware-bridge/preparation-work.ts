import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { openFileStore } from './file-store.ts';
import type { ThreadAnswer, ThreadTask } from './job-preparation.ts';
import type { MachineConfig } from './machine-config.ts';
import { plannedSecondsByLine } from './planned-time.ts';
import { makeProgram, ProgramRefused } from './program-making.ts';

/**
 * The thread that turns files into programs. A program is kept under the file and the machine's settings it was made
 * from: a design that is made again is ready at once. Change the number whenever the same settings give other programs.
 */
const PROGRAM_VERSION = 1;

const Made = z.object({ hash: z.string(), bytes: z.int(), lines: z.int(), estimatedSeconds: z.int() });
type Made = z.infer<typeof Made>;

async function work({ number, machine, hash, folder }: ThreadTask): Promise<ThreadAnswer> {
  try {
    const store = openFileStore(folder);
    const indexPath = join(folder, `program-${settingsHash(machine, hash)}.json`);
    const kept = await readKept(indexPath);
    const text = kept === undefined ? undefined : await store.read(kept.hash);
    if (kept !== undefined && text !== undefined)
      return {
        kind: 'made',
        number,
        program: kept,
        planned: plannedSecondsByLine(linesOf(text.toString('utf8'))),
      };
    const file = await store.read(hash);
    if (file === undefined) return refused(number, true, "The job's file is not there any more.");
    const { lines, estimatedSeconds } = await makeProgram(file, machine);
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
    const program: Made = {
      hash: await store.write(bytes),
      bytes: bytes.length,
      lines: lines.length,
      estimatedSeconds: Math.round(estimatedSeconds),
    };
    await writeFile(`${indexPath}.new`, JSON.stringify(program));
    await rename(`${indexPath}.new`, indexPath);
    return { kind: 'made', number, program, planned: plannedSecondsByLine(lines) };
  } catch (cause) {
    const sentence = cause instanceof Error ? cause.message : String(cause);
    return refused(number, cause instanceof ProgramRefused && cause.isFile, sentence);
  }
}

function refused(number: number, isFile: boolean, sentence: string): ThreadAnswer {
  return { kind: 'refused', number, isFile, sentence };
}

async function readKept(path: string): Promise<Made | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    return Made.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Written halfway at a power cut: made again.
    return undefined;
  }
}

function settingsHash(machine: MachineConfig, file: string): string {
  const { url: _url, name: _name, ...settings } = { ...machine, hostKey: undefined };
  const key = JSON.stringify([PROGRAM_VERSION, file, settings]);
  return createHash('sha256').update(key).digest('hex');
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

// One after another: two large programs at a time would only slow both down and double the memory.
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (task: ThreadTask) => {
  last = last.then(async () => {
    parentPort?.postMessage(await work(task));
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import type { Command } from './command.ts';
import type { WriterOrder } from './writer.ts';

/** What the parent has heard from all lives of all writers. */
export class HeardSoFar {
  /** Indexes of each acknowledged command. */
  readonly acknowledged = new Map<string, readonly number[]>();
  /** Asked, and not answered in any life. */
  readonly open = new Map<string, Command>();
  /** Roots by size of the checkpoints that were published. */
  readonly roots = new Map<number, string>();
  readonly faults: string[] = [];
  refusedForNow = 0;
  /** Stored by a process that was killed before it could say so. */
  foundStored = 0;
  /** Asked again, though acknowledged before. */
  answeredAgain = 0;

  take(line: string): void {
    const [sign = '', name = '', ...rest] = line.split(' ');
    if (sign === '?') {
      if (!this.acknowledged.has(name)) this.open.set(name, { name, count: Number(rest[0]) });
    } else if (sign === '!' || sign === '=') {
      if (sign === '=' && !this.acknowledged.has(name)) this.foundStored += 1;
      this.#acknowledge(name, rest.map(Number));
    } else if (sign === '#') this.#publish(Number(name), rest[0] ?? '');
    else if (sign === '~') this.refusedForNow += 1;
    else if (sign === 'x') this.faults.push(line.slice(2));
  }

  #acknowledge(name: string, indexes: number[]): void {
    const before = this.acknowledged.get(name);
    if (before !== undefined) {
      this.answeredAgain += 1;
      if (before.join() !== indexes.join())
        this.faults.push(`${name} was acknowledged at ${before.join()}, then at ${indexes.join()}`);
    }
    this.acknowledged.set(name, indexes);
    this.open.delete(name);
  }

  #publish(size: number, root: string): void {
    if ((this.roots.get(size) ?? root) !== root) this.faults.push(`two roots were signed at ${size}`);
    this.roots.set(size, root);
  }
}

/** One life of a writer. It loads its program at once and writes when it is told to. */
export class WriterProcess {
  readonly #child: ChildProcess;
  readonly #heard: HeardSoFar;
  readonly ended: Promise<{ code: number | null }>;
  hasAcknowledged = false;
  /** Also signed something after that. */
  hasPublished = false;
  #faults = '';

  constructor(program: string, args: readonly string[], heard: HeardSoFar) {
    this.#heard = heard;
    this.#child = spawn(process.execPath, [program, ...args]);
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      // The last line may be cut off.
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#faults += text;
    });
    this.#child.stdin?.on('error', () => undefined);
    this.ended = new Promise((resolve) =>
      this.#child.on('close', (code) => {
        if (this.#faults !== '') heard.faults.push(this.#faults);
        resolve({ code });
      }),
    );
  }

  begin(order: WriterOrder): void {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  /** `kill -9`; resolves when everything that it had said was heard. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #take(line: string): void {
    if (line.startsWith('! ')) this.hasAcknowledged = true;
    if (line.startsWith('# ')) this.hasPublished = this.hasAcknowledged;
    this.#heard.take(line);
  }
}

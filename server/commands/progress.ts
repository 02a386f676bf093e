const BAR_WIDTH = 28;
/** A terminal is drawn anew at most so often. */
const DRAW_EVERY_MS = 100;
/** Without a terminal, a line at most so often: work that is shorter needs none. */
const LINE_EVERY_MS = 5_000;
/** Before that a rate says nothing about the rest. */
const ESTIMATE_AFTER_MS = 2_000;

/** Where progress is written: standard output, or what a test gives. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  /** Says how far a phase of the work has come, in whatever `total` counts. */
  show(phase: string, done: number, total: number): void;
  /** Leaves what was drawn and goes to the next line. */
  end(): void;
}

/** A bar of full and empty cells for a share from 0 to 1. */
export function bar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return '█'.repeat(filled) + '·'.repeat(BAR_WIDTH - filled);
}

/** Shows long work: a bar with the time that is left on a terminal, now and then a plain line elsewhere. */
export function progressOf(out: Output, nowMs: () => number = () => performance.now()): Progress {
  let phase: string | undefined;
  let startedMs = 0;
  let shownMs = 0;
  let isDrawn = false;

  const end = () => {
    if (isDrawn) out.write('\n');
    isDrawn = false;
    phase = undefined;
  };
  return {
    end,
    show(next, done, total) {
      const now = nowMs();
      const isNew = next !== phase;
      if (isNew) {
        end();
        phase = next;
        startedMs = now;
        shownMs = now;
      }
      const isTerminal = out.isTTY === true;
      const isDue = now - shownMs >= (isTerminal ? DRAW_EVERY_MS : LINE_EVERY_MS);
      if (!isDue && !(isTerminal && (isNew || done >= total))) return;
      shownMs = now;
      const share = total > 0 ? done / total : 1;
      const amount = `${Math.floor(share * 100)} %  ${done} of ${total}${timeLeft(now - startedMs, done, total)}`;
      if (isTerminal) {
        out.write(`\r\x1b[2K  ${next} ${bar(share)} ${amount}`);
        isDrawn = true;
      } else out.write(`${next}: ${amount}\n`);
    },
  };
}

function timeLeft(elapsedMs: number, done: number, total: number): string {
  if (elapsedMs < ESTIMATE_AFTER_MS || done <= 0 || done >= total) return '';
  const seconds = Math.ceil(((total - done) * elapsedMs) / done / 1_000);
  if (seconds < 60) return `, about ${seconds} s left`;
  return `, about ${Math.ceil(seconds / 60)} min left`;
}

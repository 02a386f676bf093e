import type { Storage } from '../storage/storage.ts';
import type { Fold } from './fold.ts';
import type { FoldedLog } from './folded-log.ts';
import type { PublishedLog } from './published-log.ts';
import { type HalfSnapshot, isSnapshotDue, putSnapshot, takeSnapshot } from './snapshots.ts';

interface KeeperParts<State> {
  storage: Storage;
  fold: Fold<State>;
  log: FoldedLog<State>;
  /** Full blocks of the filter that are in the store. */
  storedBlocks: number;
  /** A snapshot is due whenever so many entries have come. */
  everyEntries: number;
}

/**
 * Takes a snapshot of the state whenever one is due, adds the edge of the tree when that has come as far, and writes it when
 * the log is signed up to there. A snapshot that cannot be written costs time at the next start, nothing else.
 */
export class SnapshotKeeper<State> {
  readonly #parts: KeeperParts<State>;
  #halves: HalfSnapshot[] = [];
  #ready: { blocks: number; items: ReturnType<HalfSnapshot['complete']> } | undefined;
  #storedBlocks: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: KeeperParts<State>) {
    this.#parts = parts;
    this.#storedBlocks = parts.storedBlocks;
  }

  /** A commit of so many entries was taken in just now. */
  note(count: number): void {
    const { fold, log, everyEntries } = this.#parts;
    if (isSnapshotDue(log.size - count, log.size, everyEntries))
      this.#halves.push(takeSnapshot(fold, log.place, this.#storedBlocks));
  }

  /** The tree has taken in a commit just now. */
  complete({ head, edge }: PublishedLog): void {
    const half = this.#halves.find(({ number }) => number === head.number);
    if (half === undefined) return;
    this.#halves = this.#halves.filter(({ number }) => number > head.number);
    this.#ready = { blocks: half.blocks, items: half.complete(edge) };
  }

  /** Writes the newest complete one. */
  put(): void {
    const ready = this.#ready;
    if (ready === undefined) return;
    this.#ready = undefined;
    this.#writing = this.#writing
      .then(() => putSnapshot(this.#parts.storage, ready.items))
      .then(() => {
        this.#storedBlocks = ready.blocks;
      })
      .catch(() => undefined);
  }

  /** Resolves when nothing is being written. */
  idle(): Promise<void> {
    return this.#writing;
  }
}

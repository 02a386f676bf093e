import { useEffect, useState } from 'react';
import { useWorld } from '../live/use-world.ts';
import { readLedgerHead, readLogBytes } from '../server-link.ts';
import type { EventFacts } from './event-words.ts';
import { pageOf, readPage } from './log-pages.ts';

const known = new Map<string, EventFacts>();
const reading = new Map<string, Promise<void>>();
/** An entry is in the public log a moment after the page hears of it. */
const AGAIN_AFTER_MS = 1_500;

/** One bundle holds 256 entries, so a job's events mostly come with one request. */
function readEvents(log: string, page: number): Promise<void> {
  const key = `${log} ${page}`;
  const running = reading.get(key);
  if (running !== undefined) return running;
  const read = readLedgerHead()
    .then(({ size }) => readPage(page, size, readLogBytes))
    .then((lines) => {
      for (const { index, event } of lines) if (event) known.set(`${log} ${index}`, event);
    })
    .finally(() => reading.delete(key));
  reading.set(key, read);
  return read;
}

/** What the economic events with these indexes say, read from the public log; those not read yet are missing. */
export function useLoggedEvents(indexes: readonly number[]): (index: number) => EventFacts | undefined {
  const log = useWorld((world) => world.log);
  const [attempt, setAttempt] = useState(0);
  const missing = indexes.filter((index) => !known.has(`${log} ${index}`));
  const pages = [...new Set(missing.map(pageOf))].join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt that leaves something missing is followed by another.
  useEffect(() => {
    if (pages === '' || log === '') return;
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      if (isWanted) setAttempt((before) => before + 1);
    };
    Promise.all(pages.split(' ').map((page) => readEvents(log, Number(page)))).then(
      () => {
        if (missing.every((index) => known.has(`${log} ${index}`))) return again();
        timer = setTimeout(again, AGAIN_AFTER_MS);
      },
      () => {
        timer = setTimeout(again, AGAIN_AFTER_MS);
      },
    );
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [log, pages, missing.length, attempt]);
  return (index) => known.get(`${log} ${index}`);
}

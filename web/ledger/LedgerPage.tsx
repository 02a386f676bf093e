import { Button, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { useWorld } from '../live/use-world.ts';
import { ProblemNote } from '../parts/ProblemNote.tsx';
import { useCommand } from '../parts/use-command.ts';
import { readLedgerHead, readLogBytes } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import { EntryPanel } from './EntryPanel.tsx';
import { type LogLine, pageOf, readPage } from './log-pages.ts';
import { useLoggedEvents } from './logged-events.ts';
import { typeWords, useEntryWords } from './type-words.ts';
import { theWholeLog } from './use-whole-log.ts';
import { WholeLogLine } from './WholeLogLine.tsx';
import { WholeLogPanel } from './WholeLogPanel.tsx';

/** So many lines are added at a time: more would make the page slow to scroll. */
const LINES_STEP = 60;

export function LedgerPage({ index }: { index?: number }) {
  const { say, number } = useWords();
  const size = useWorld((world) => world.size);
  const { lines, readOlder, isBusy, problem } = useLines();
  const [type, setType] = useState('');
  const [shown, setShown] = useState(LINES_STEP);
  const types = [...new Set(lines.map((line) => line.type))].sort();
  const fitting = lines.filter((line) => type === '' || line.type === type);
  const visible = fitting.slice(0, shown);
  const eventOf = useLoggedEvents(
    visible.filter((line) => line.type === 'event.recorded' && !line.event).map((line) => line.index),
  );
  const hasMore = fitting.length > shown || (lines.at(-1)?.index ?? 0) > 0;
  const more = () => {
    setShown(shown + LINES_STEP);
    if (fitting.length <= shown + LINES_STEP) void readOlder();
  };
  return (
    <div className="page">
      <div className="page-head">
        <h1>{say('ledger.title')}</h1>
        <span className="soft figures">{say('ledger.size', { count: size, shown: number(size) })}</span>
        <TypeFilter type={type} types={types} choose={setType} />
      </div>
      <p className="soft ledger-about">{say('ledger.about')}</p>
      {index === undefined ? <WholeLogPanel store={theWholeLog()} /> : <WholeLogLine store={theWholeLog()} />}
      <div className={index === undefined ? '' : 'ledger-columns'}>
        <section className="card ledger-list" aria-label={say('ledger.entries')}>
          <ol>
            {visible.map((line) => (
              <Line
                key={line.index}
                line={line}
                event={line.event ?? eventOf(line.index)}
                isOpen={line.index === index}
              />
            ))}
          </ol>
          {hasMore && (
            <Button variant="subtle" m="sm" loading={isBusy} onClick={more}>
              {say('ledger.older')}
            </Button>
          )}
          <ProblemNote words={problem} />
        </section>
        {index !== undefined && <EntryPanel key={index} index={index} />}
      </div>
    </div>
  );
}

function TypeFilter({
  type,
  types,
  choose,
}: {
  type: string;
  types: string[];
  choose: (type: string) => void;
}) {
  const words = useWords();
  return (
    <NativeSelect
      ms="auto"
      aria-label={words.say('ledger.filter')}
      value={type}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
      data={[
        { value: '', label: words.say('ledger.allTypes') },
        ...types.map((one) => ({ value: one, label: typeWords(one, words) })),
      ]}
    />
  );
}

function Line({ line, event, isOpen }: { line: LogLine; event: LogLine['event']; isOpen: boolean }) {
  const words = useWords();
  const entryWords = useEntryWords();
  return (
    <li>
      <Link href={`/ledger/${line.index}`} {...(isOpen ? { 'aria-current': 'true' as const } : {})}>
        <span className="mono soft ledger-index">{words.number(line.index)}</span>
        <span className="ledger-what">
          <strong>{entryWords(line.type, event)}</strong>
          <span className="mono soft small ledger-type">{line.type}</span>
        </span>
        <span className="soft small ledger-stream">{line.stream}</span>
        <time className="soft small figures" dateTime={new Date(line.timeMs).toISOString()}>
          {words.dateTime(line.timeMs)}
        </time>
      </Link>
    </li>
  );
}

/** Newest first: what the page heard, and below it what it read from the public log. */
function useLines() {
  const recent = useWorld((world) => world.entries);
  const [older, setOlder] = useState<readonly LogLine[]>([]);
  const command = useCommand();
  const oldest = older[0]?.index ?? recent[0]?.index ?? 0;
  const known = recent[0]?.index ?? 0;
  const lines: readonly LogLine[] = [...older.filter(({ index }) => index < known), ...recent].reverse();
  return {
    lines,
    isBusy: command.isBusy,
    problem: command.problem,
    async readOlder() {
      if (oldest === 0) return;
      await command.run(async () => {
        const { size } = await readLedgerHead();
        const page = await readPage(pageOf(oldest - 1), size, readLogBytes);
        setOlder((before) => [...page.filter(({ index }) => index < oldest), ...before]);
      });
    },
  };
}

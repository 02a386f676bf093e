import { useState } from 'react';
import { Link } from 'wouter';
import type { HistoryLine, JobView } from '#contract/views.ts';
import type { EventFacts } from '../ledger/event-words.ts';
import { useLoggedEvents } from '../ledger/logged-events.ts';
import { useEntryWords } from '../ledger/type-words.ts';
import { type Check, useEntryChecks } from '../ledger/use-entry-checks.ts';
import { useWorld } from '../live/use-world.ts';
import { labName, machineName } from '../parts/refusal-words.ts';
import { titleWords } from '../parts/title-words.ts';
import { useWords } from '../words/use-words.ts';

/** What happened, each line with the entry that says so; a click checks its proof in this browser. */
export function WhatHappened({ history, job }: { history: readonly HistoryLine[]; job?: JobView }) {
  const { say } = useWords();
  const checks = useEntryChecks();
  const [isAll, setIsAll] = useState(false);
  const verifyAll = async () => {
    setIsAll(true);
    for (const { index } of history) await checks.check(index);
    setIsAll(false);
  };
  // What was consumed, used and made is told apart from what happened, for there is much of it.
  const events = history.filter(({ type }) => type === 'event.recorded');
  const facts = history.filter(({ type }) => type !== 'event.recorded');
  const eventOf = useLoggedEvents(events.map(({ index }) => index));
  const lineOf = (line: HistoryLine) => (
    <Line
      key={line.index}
      line={line}
      job={job}
      event={eventOf(line.index)}
      check={checks.of(line.index)}
      verify={() => void checks.check(line.index)}
    />
  );
  return (
    <section className="card pad" aria-label={say('history.title')}>
      <h2>{say('history.title')}</h2>
      <ol className="history">{facts.map(lineOf)}</ol>
      {events.length > 0 && (
        <>
          <h3 className="soft">{say('history.events')}</h3>
          <ol className="history">{events.map(lineOf)}</ol>
        </>
      )}
      {history.length > 0 && (
        <button type="button" className="link-button small" disabled={isAll} onClick={() => void verifyAll()}>
          {say('history.verifyAll', { count: history.length })}
        </button>
      )}
    </section>
  );
}

function Line({
  line,
  job,
  event,
  check,
  verify,
}: {
  line: HistoryLine;
  job: JobView | undefined;
  event: EventFacts | undefined;
  check: Check | undefined;
  verify: () => void;
}) {
  const words = useWords();
  const { say, time, number } = words;
  const entryWords = useEntryWords();
  const labs = useWorld((world) => world.labs);
  const detail =
    job &&
    detailOf(
      line.type,
      { ...job, title: titleWords(job.title, words) },
      labName({ labs }, job.lab),
      machineName({ labs }, job.lab, job.machine),
    );
  const verdict = check?.state === 'done' ? (check.isGood ? 'good' : 'bad') : (check?.state ?? 'open');
  return (
    <li data-entry={line.index}>
      <span className="history-time mono">{time(line.timeMs)}</span>
      <span className="history-what">
        <strong>{entryWords(line.type, event)}</strong>
        {detail && <span className="soft small">{detail}</span>}
        {check?.state === 'done' && !check.isGood && (
          <span className="history-bad small" role="alert">
            {say(`verdict.${check.verdict}`)}
          </span>
        )}
      </span>
      <span className="history-entry">
        <Link
          href={`/ledger/${line.index}`}
          className="mono"
          aria-label={say('history.entry', { index: line.index })}
        >
          {number(line.index)}
        </Link>
        <button
          type="button"
          className={`link-button verify verify-${verdict}`}
          onClick={verify}
          aria-label={say(`verify.${verdict}`, { index: line.index })}
        >
          {verdict === 'good'
            ? '✓'
            : verdict === 'bad'
              ? '✕'
              : verdict === 'checking'
                ? '…'
                : say('verify.short')}
        </button>
      </span>
    </li>
  );
}

/** What the job's view knows beyond the type of an entry. */
function detailOf(type: string, job: JobView, lab: string, machine: string): string | undefined {
  switch (type) {
    case 'job.offered':
    case 'job.taken':
    case 'job.prepared':
    case 'job.started':
      return [lab, machine].filter(Boolean).join(' · ');
    case 'job.failed':
      return [job.failure?.code, job.failure?.words].filter(Boolean).join(': ');
    case 'job.doubted':
      return job.doubt?.reason;
    case 'job.cancelled':
      return job.cancelled?.reason;
    case 'job.opened':
      return job.title;
    default:
      return undefined;
  }
}

import { useMemo, useRef } from 'react';
import { useWorld } from '../live/use-world.ts';
import { SIGNS } from '../parts/job-signs.ts';
import { useWords } from '../words/use-words.ts';
import { type BoardColumn, boardColumns } from './columns.ts';
import { JobCard } from './JobCard.tsx';
import { useCardMotion } from './use-card-motion.ts';

export function BoardPage() {
  const { say } = useWords();
  const jobs = useWorld((world) => world.jobs);
  const labs = useWorld((world) => world.labs);
  const moving = useWorld(
    (world) => Object.values(world.machines).filter(({ state }) => state === 'running').length,
  );
  const isKnown = useWorld((world) => world.log !== '');
  const board = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => boardColumns(jobs), [jobs]);
  useCardMotion(board);
  const machines = Object.values(labs).reduce((sum, lab) => sum + lab.machines.length, 0);
  return (
    <div className="page page-wide">
      <div className="page-head">
        <h1>{say('board.title')}</h1>
        <span className="soft">
          {say('board.counts', { labs: Object.keys(labs).length, machines, moving })}
        </span>
      </div>
      {isKnown && Object.keys(jobs).length === 0 && <p className="empty">{say('board.empty')}</p>}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys move the focus between links, which are interactive. */}
      <div className="board" ref={board} onKeyDown={moveFocus}>
        {columns.map((column) => (
          <ColumnView key={column.column} {...column} />
        ))}
      </div>
    </div>
  );
}

function ColumnView({ column, count, jobs }: BoardColumn) {
  const { say, number } = useWords();
  const isQuiet = count === 0 && (column === 'failed' || column === 'unknown');
  return (
    <section
      className="column"
      data-column={column}
      data-quiet={isQuiet || undefined}
      aria-label={say(`column.${column}`)}
    >
      <h2>
        <span aria-hidden="true">{SIGNS[column]}</span> {say(`column.${column}`)}
        <span className="column-count figures">{number(count)}</span>
      </h2>
      <ul>
        {jobs.map((job) => (
          <JobCard key={job.job} job={job} />
        ))}
      </ul>
      {count > jobs.length && (
        <p className="soft small">{say('board.more', { count: count - jobs.length })}</p>
      )}
    </section>
  );
}

/** Arrow keys go from card to card: up and down within a column, left and right to the next column that has cards. */
function moveFocus(event: React.KeyboardEvent<HTMLElement>): void {
  const card = document.activeElement?.closest('[data-card]');
  const column = card?.closest('.column');
  if (!card || !column) return;
  const target = ((): Element | null | undefined => {
    switch (event.key) {
      case 'ArrowDown':
        return card.nextElementSibling;
      case 'ArrowUp':
        return card.previousElementSibling;
      case 'ArrowRight':
        return nextWithCards(column, 'nextElementSibling');
      case 'ArrowLeft':
        return nextWithCards(column, 'previousElementSibling');
      default:
        return undefined;
    }
  })();
  const link = target?.querySelector<HTMLElement>('a');
  if (!link) return;
  event.preventDefault();
  link.focus();
}

function nextWithCards(
  column: Element,
  way: 'nextElementSibling' | 'previousElementSibling',
): Element | null {
  let next = column[way];
  while (next && !next.querySelector('[data-card]')) next = next[way];
  return next?.querySelector('[data-card]') ?? null;
}

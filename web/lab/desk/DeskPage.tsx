import { type ReactNode, useMemo } from 'react';
import { Link } from 'wouter';
import type { LabView } from '#contract/views.ts';
import { useWorld } from '../../live/use-world.ts';
import { NotHere } from '../../parts/NotHere.tsx';
import { refusalWords } from '../../parts/refusal-words.ts';
import { titleWords } from '../../parts/title-words.ts';
import { useWords } from '../../words/use-words.ts';
import { LabRules } from '../LabCard.tsx';
import { Stock } from '../Stock.tsx';
import { DeskJob } from './DeskJob.tsx';
import { DeskMachine } from './DeskMachine.tsx';
import { type Desk, deskOf } from './desk.ts';

/** The desk of a lab: everything that its people decide and see, on one page, also on the tablet beside the machine. */
export function DeskPage({ lab: id }: { lab: string }) {
  const lab = useWorld((world) => world.labs[id]);
  const isKnown = useWorld((world) => world.log !== '');
  if (lab !== undefined) return <LabDesk lab={lab} />;
  return isKnown ? <NotHere /> : <div className="page page-wait" />;
}

function LabDesk({ lab }: { lab: LabView }) {
  const { say } = useWords();
  const jobs = useWorld((world) => world.jobs);
  const desk = useMemo(() => deskOf(lab, jobs), [lab, jobs]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{lab.name}</h1>
        <span className="soft">{lab.place}</span>
        <Link href="/labs" className="small desk-back">
          {say('desk.allLabs')}
        </Link>
      </div>
      <div className="desk">
        <div className="desk-main">
          <Section title={say('desk.needsYou')} count={desk.needsPerson.length} empty={say('desk.nothing')}>
            {desk.needsPerson.map((job) => (
              <DeskJob key={job.job} job={job} lab={lab.lab} />
            ))}
          </Section>
          <section aria-label={say('desk.machines')}>
            <h2>{say('desk.machines')}</h2>
            {desk.machines.length === 0 && <p className="soft">{say('labs.noMachines')}</p>}
            <ul className="desk-machines">
              {desk.machines.map((on) => (
                <DeskMachine key={on.machine.machine} lab={lab.lab} on={on} />
              ))}
            </ul>
          </section>
          <Section title={say('desk.couldTake')} count={desk.couldTake.length} empty={say('desk.noWork')}>
            {desk.couldTake.map((job) => (
              <DeskJob key={job.job} job={job} lab={lab.lab} />
            ))}
          </Section>
        </div>
        <div className="desk-side">
          <section className="card pad lab">
            <LabRules lab={lab} />
            <Stock lab={lab} />
          </section>
          <CannotTake desk={desk} />
        </div>
      </div>
    </div>
  );
}

function Section(props: { title: string; count: number; empty: string; children: ReactNode }) {
  const { number } = useWords();
  return (
    <section className="card pad desk-list" aria-label={props.title}>
      <h2>
        {props.title} {props.count > 0 && <span className="column-count figures">{number(props.count)}</span>}
      </h2>
      {props.count === 0 ? <p className="soft">{props.empty}</p> : <ul>{props.children}</ul>}
    </section>
  );
}

/** What is wanted elsewhere, and what this lab lacks for it: a reason to buy a sheet or another cutter. */
function CannotTake({ desk }: { desk: Desk }) {
  const words = useWords();
  const { say, caption } = words;
  const labs = useWorld((world) => world.labs);
  if (desk.cannotTake.length === 0) return null;
  return (
    <section className="card pad desk-list" aria-label={say('desk.cannotTake')}>
      <h2>{say('desk.cannotTake')}</h2>
      <ul className="small">
        {desk.cannotTake.map(({ job, refusal }) => (
          <li key={job.job} className="desk-miss">
            <Link href={`/jobs/${job.job}`}>{caption(job.designName)}</Link>{' '}
            <span className="soft">{titleWords(job.title, words)}</span>
            <p>{refusalWords(refusal, words, { labs })}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

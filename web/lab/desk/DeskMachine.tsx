import { Link } from 'wouter';
import type { JobView } from '#contract/views.ts';
import { ProgressBar } from '../../board/JobCard.tsx';
import { JobActions } from '../../job/JobActions.tsx';
import { titleWords } from '../../parts/title-words.ts';
import { useWords } from '../../words/use-words.ts';
import { MachineLine } from '../MachineLine.tsx';
import type { Desk } from './desk.ts';

/** A machine of the lab: how it is, what it does, and what it will do next. */
export function DeskMachine({ lab, on }: { lab: string; on: Desk['machines'][number] }) {
  const { say } = useWords();
  const { machine, now, next } = on;
  return (
    <li className="card pad desk-machine">
      <MachineLine lab={lab} machine={machine} />
      {now && (
        <div className="desk-now">
          <p>
            <JobLine job={now} />
          </p>
          <ProgressBar job={now} />
          {now.state === 'running' && <JobActions job={now} lab={lab} />}
        </div>
      )}
      {next.length > 0 && (
        <>
          <h4 className="small">{say('desk.next')}</h4>
          <ul className="small desk-next">
            {next.map((job) => (
              <li key={job.job}>
                <JobLine job={job} />
              </li>
            ))}
          </ul>
        </>
      )}
    </li>
  );
}

function JobLine({ job }: { job: JobView }) {
  const words = useWords();
  const { say, caption } = words;
  return (
    <>
      <Link href={`/jobs/${job.job}`}>{caption(job.designName)}</Link>{' '}
      <span className="soft">
        {titleWords(job.title, words)}
        {job.state !== 'running' && `, ${say(`state.${job.state}`)}`}
      </span>
    </>
  );
}

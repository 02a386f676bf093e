import { Link } from 'wouter';
import type { JobView } from '#contract/views.ts';
import { useWorld } from '../live/use-world.ts';
import { SIGNS, shownState } from '../parts/job-signs.ts';
import { MachineFault } from '../parts/MachineFault.tsx';
import { labName, machineName } from '../parts/refusal-words.ts';
import { titleWords } from '../parts/title-words.ts';
import { useNow } from '../parts/use-now.ts';
import { useWords } from '../words/use-words.ts';
import { stuckWords } from './stuck-words.ts';

const AGO_EVERY_MS = 20_000;

/** What, where, how far; and where it is stuck, why and who can help. */
export function JobCard({ job }: { job: JobView }) {
  const words = useWords();
  const { say, caption } = words;
  const labs = useWorld((world) => world.labs);
  const heard = useWorld((world) => world.telemetry[job.job]);
  const state = shownState(job, heard);
  const machines = useWorld((world) => world.machines);
  const stuck = stuckWords(job, words, { labs, machines });
  const where = [labName({ labs }, job.lab), machineName({ labs }, job.lab, job.machine)]
    .filter(Boolean)
    .join(' · ');
  return (
    <li className="job-card card" data-card={job.job} data-state={state}>
      <Link href={`/jobs/${job.job}`}>
        <span className="job-card-title">
          <span aria-hidden="true" className="job-card-sign">
            {SIGNS[state]}
          </span>
          <strong>{caption(job.designName)}</strong>
          <span className="only-heard">{say(`state.${state}`)}</span>
        </span>
        <span className="soft small">{titleWords(job.title, words)}</span>
        {where !== '' && job.state !== 'wanted' && <span className="soft small">{where}</span>}
        {(job.state === 'running' || job.state === 'unknown') && <ProgressBar job={job} />}
        {job.state === 'made' && <MadeAgo job={job} />}
        {stuck && (
          <span className="job-card-stuck small">
            <span>{stuck.why}</span>
            {!stuck.stopped && <span className="job-card-help">{stuck.help}</span>}
          </span>
        )}
      </Link>
      {stuck?.stopped && (
        <MachineFault lab={stuck.stopped.lab} machine={stuck.stopped.machine} words={stuck.stopped.words} />
      )}
    </li>
  );
}

/** How far a machine has come with a job, and how long it will take still. */
export function ProgressBar({ job }: { job: JobView }) {
  const { say, percent, duration } = useWords();
  const heard = useWorld((world) => world.telemetry[job.job]);
  const progress = heard?.progress ?? 0;
  const isWaiting = job.state === 'unknown' || heard?.state === 'paused';
  return (
    <>
      <span className="small figures soft job-card-progress">
        <span>{percent(progress)}</span>
        {heard?.secondsLeft !== undefined && job.state === 'running' && (
          <span>{say('job.left', { time: duration(heard.secondsLeft) })}</span>
        )}
      </span>
      <span
        className={`bar ${isWaiting ? 'bar-wait' : ''}`}
        role="progressbar"
        aria-valuenow={Math.round(progress * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={say('job.progress')}
      >
        <span style={{ width: `${progress * 100}%` }} />
      </span>
    </>
  );
}

function MadeAgo({ job }: { job: JobView }) {
  const { ago } = useWords();
  const now = useNow(AGO_EVERY_MS);
  return <span className="soft small">{ago(job.endedMs ?? job.changedMs, now)}</span>;
}

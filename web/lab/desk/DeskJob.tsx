import { Link } from 'wouter';
import type { JobView } from '#contract/views.ts';
import { stuckWords } from '../../board/stuck-words.ts';
import { JobActions } from '../../job/JobActions.tsx';
import { useWorld } from '../../live/use-world.ts';
import { SIGNS, shownState } from '../../parts/job-signs.ts';
import { machineName } from '../../parts/refusal-words.ts';
import { titleWords } from '../../parts/title-words.ts';
import { useWords } from '../../words/use-words.ts';

/** A job as the people of one lab see it: what it is, why it waits, and what they may say to it. */
export function DeskJob({ job, lab }: { job: JobView; lab: string }) {
  const words = useWords();
  const { say, caption, duration } = words;
  const labs = useWorld((world) => world.labs);
  const machines = useWorld((world) => world.machines);
  const heard = useWorld((world) => world.telemetry[job.job]);
  const state = shownState(job, heard);
  const stuck = stuckWords(job, words, { labs, machines });
  const machine = machineName({ labs }, job.lab, job.machine);
  return (
    <li className="desk-job" data-state={state}>
      <div className="lab-head">
        <span aria-hidden="true">{SIGNS[state]}</span>
        <h3>
          <Link href={`/jobs/${job.job}`}>{caption(job.designName)}</Link>
        </h3>
        <span className="only-heard">{say(`state.${state}`)}</span>
        <span className="soft small figures">
          {[
            titleWords(job.title, words),
            machine,
            say('job.planned', { time: duration(job.estimatedSeconds) }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </div>
      {stuck && <p className="small">{stuck.why}</p>}
      <JobActions job={job} lab={lab} />
    </li>
  );
}

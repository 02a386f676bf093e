import type { JobView } from '#contract/views.ts';
import { failureWords, stuckWords } from '../board/stuck-words.ts';
import { useWorld } from '../live/use-world.ts';
import { MachineFault } from '../parts/MachineFault.tsx';
import { labName, machineName, refusalWords } from '../parts/refusal-words.ts';
import { stoppedMachine } from '../parts/stopped-machine.ts';
import { useWords } from '../words/use-words.ts';

/** Where the job is stuck, why, and who can help; with the machine's own words beside the translation. */
export function JobDoubts({ job }: { job: JobView }) {
  const words = useWords();
  const { say } = words;
  const labs = useWorld((world) => world.labs);
  const machines = useWorld((world) => world.machines);
  const stopped = stoppedMachine(job, machines);
  const stuck = stuckWords(job, words, { labs, machines });
  if (stuck === undefined && stopped === undefined) return null;
  return (
    <section
      className={`card pad doubts doubts-${job.state === 'failed' || job.state === 'unknown' ? 'fail' : 'wait'}`}
    >
      <h2>
        {say(
          job.state === 'failed' ? 'doubt.failed' : job.state === 'unknown' ? 'doubt.unknown' : 'doubt.waits',
        )}
      </h2>
      {stuck && <p>{job.state === 'failed' ? failureWords(job, words) : stuck.why}</p>}
      {stuck && !stuck.stopped && <p className="doubt-help">{stuck.help}</p>}
      {stopped && <MachineFault lab={stopped.lab} machine={stopped.machine} words={stopped.words} />}
      {job.state === 'wanted' && job.candidates.length > 0 && (
        <ul className="small soft">
          {job.candidates.map(({ lab, machine: name }) => (
            <li key={`${lab}/${name}`}>
              ✓ {labName({ labs }, lab)}, {machineName({ labs }, lab, name)}
            </li>
          ))}
        </ul>
      )}
      {job.state === 'wanted' && job.refusals.length > 0 && (
        <ul className="small soft">
          {job.refusals.map((refusal) => (
            <li key={`${refusal.lab}/${refusal.machine}`}>{refusalWords(refusal, words, { labs })}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

import type { JobView } from '#contract/views.ts';
import { failureWords, stuckWords } from '../board/stuck-words.ts';
import { useWorld } from '../live/use-world.ts';
import { machineKey } from '../live/world.ts';
import { labName, machineName, refusalWords } from '../parts/refusal-words.ts';
import { useWords } from '../words/use-words.ts';

/** Where the job is stuck, why, and who can help; with the machine's own words beside the translation. */
export function JobDoubts({ job }: { job: JobView }) {
  const words = useWords();
  const { say } = words;
  const labs = useWorld((world) => world.labs);
  const machine = useWorld((world) =>
    job.lab && job.machine ? world.machines[machineKey({ lab: job.lab, machine: job.machine })] : undefined,
  );
  const stuck = stuckWords(job, words, { labs });
  const isStopped = machine?.state === 'alarm' || machine?.state === 'needs-operator';
  const ownWords = isStopped && job.state !== 'made' ? machine.words : undefined;
  if (stuck === undefined && ownWords === undefined) return null;
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
      {ownWords && <p>{say('doubt.machineSays', { words: ownWords })}</p>}
      {stuck && <p className="doubt-help">{stuck.help}</p>}
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

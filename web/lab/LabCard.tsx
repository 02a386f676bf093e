import { Link } from 'wouter';
import type { MachineDescription } from '#contract/manufacturing.ts';
import type { LabView } from '#contract/views.ts';
import { useWorld } from '../live/use-world.ts';
import { titleWords } from '../parts/title-words.ts';
import { useWords } from '../words/use-words.ts';
import { MachineLine } from './MachineLine.tsx';
import { Stock } from './Stock.tsx';

export function LabCard({ lab }: { lab: LabView }) {
  const { say } = useWords();
  return (
    <li className="card pad lab">
      <div className="lab-head">
        <h2>
          <Link href={`/labs/${lab.lab}`}>{lab.name}</Link>
        </h2>
        <span className="soft">{lab.place}</span>
        <Link href={`/labs/${lab.lab}`} className="small desk-back">
          {say('labs.toDesk')}
        </Link>
      </div>
      <LabRules lab={lab} />
      <ul className="machines">
        {lab.machines.map((machine) => (
          <Machine key={machine.machine} lab={lab.lab} machine={machine} />
        ))}
      </ul>
      {lab.machines.length === 0 && <p className="soft">{say('labs.noMachines')}</p>}
      <Stock lab={lab} />
    </li>
  );
}

/** How the lab takes jobs and clears beds. */
export function LabRules({ lab }: { lab: LabView }) {
  const { say } = useWords();
  return (
    <p className="soft small">
      {say(lab.consent === 'automatic' ? 'labs.consentAutomatic' : 'labs.consentByHand')}{' '}
      {say(lab.bedClear === 'automatic' ? 'labs.bedAutomatic' : 'labs.bedByHand')}
    </p>
  );
}

function Machine({ lab, machine }: { lab: string; machine: MachineDescription }) {
  const words = useWords();
  const { say } = words;
  const job = useWorld((world) =>
    Object.values(world.jobs).find(
      (one) =>
        one.lab === lab &&
        one.machine === machine.machine &&
        (one.state === 'running' || one.state === 'unknown'),
    ),
  );
  return (
    <li className="machine">
      <MachineLine lab={lab} machine={machine} />
      {job && (
        <p className="small">
          <Link href={`/jobs/${job.job}`}>
            {say('machine.worksOn', { title: titleWords(job.title, words) })}
          </Link>
        </p>
      )}
    </li>
  );
}

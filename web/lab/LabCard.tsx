import { Link } from 'wouter';
import type { MachineDescription } from '#contract/manufacturing.ts';
import type { LabView } from '#contract/views.ts';
import { useWorld } from '../live/use-world.ts';
import { machineKey } from '../live/world.ts';
import type { Tone } from '../parts/job-signs.ts';
import { MachineFault } from '../parts/MachineFault.tsx';
import { materialName } from '../parts/refusal-words.ts';
import { Chip } from '../parts/StateChip.tsx';
import { isStopped } from '../parts/stopped-machine.ts';
import { titleWords } from '../parts/title-words.ts';
import { useWords } from '../words/use-words.ts';
import { Stock } from './Stock.tsx';

export function LabCard({ lab }: { lab: LabView }) {
  const { say } = useWords();
  return (
    <li className="card pad lab">
      <div className="lab-head">
        <h2>{lab.name}</h2>
        <span className="soft">{lab.place}</span>
      </div>
      <p className="soft small">
        {say(lab.consent === 'automatic' ? 'labs.consentAutomatic' : 'labs.consentByHand')}{' '}
        {say(lab.bedClear === 'automatic' ? 'labs.bedAutomatic' : 'labs.bedByHand')}
      </p>
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

const MACHINE_SIGNS: Readonly<Record<string, string>> = {
  offline: '–',
  connecting: '◔',
  idle: '○',
  running: '▶',
  busy: '▷',
  paused: '‖',
  alarm: '✕',
  'needs-operator': '?',
};
const MACHINE_TONES: Readonly<Record<string, Tone>> = {
  running: 'live',
  paused: 'wait',
  alarm: 'fail',
  'needs-operator': 'wait',
  idle: 'made',
};

function Machine({ lab, machine }: { lab: string; machine: MachineDescription }) {
  const words = useWords();
  const { say } = words;
  const live = useWorld((world) => world.machines[machineKey({ lab, machine: machine.machine })]);
  const job = useWorld((world) =>
    Object.values(world.jobs).find(
      (one) =>
        one.lab === lab &&
        one.machine === machine.machine &&
        (one.state === 'running' || one.state === 'unknown'),
    ),
  );
  const state = live?.state ?? 'offline';
  return (
    <li className="machine">
      <div className="lab-head">
        <h3>{machine.name}</h3>
        <Chip tone={MACHINE_TONES[state] ?? 'plain'}>
          <span aria-hidden="true">{MACHINE_SIGNS[state]}</span> {say(`machine.${state}`)}
        </Chip>
        {machine.simulated && <span className="soft small">{say('machine.simulated')}</span>}
      </div>
      <p className="soft small figures">
        <MachineFacts machine={machine} />
      </p>
      {job && (
        <p className="small">
          <Link href={`/jobs/${job.job}`}>
            {say('machine.worksOn', { title: titleWords(job.title, words) })}
          </Link>
        </p>
      )}
      {isStopped(live) && <MachineFault lab={lab} machine={machine.machine} words={live.words} />}
    </li>
  );
}

function MachineFacts({ machine }: { machine: MachineDescription }) {
  const words = useWords();
  const { say, number, short } = words;
  const { xMm, yMm, zMm } = machine.envelope;
  const facts = [
    say(`process.${machine.process}`),
    say('machine.envelope', { x: number(xMm), y: number(yMm), z: number(zMm) }),
  ];
  if (machine.cutter)
    facts.push(
      say('machine.cutter', { name: machine.cutter.name, width: short(machine.cutter.diameterUm / 1_000) }),
    );
  if (machine.nozzleUm !== undefined)
    facts.push(say('machine.nozzle', { width: short(machine.nozzleUm / 1_000) }));
  facts.push(machine.materials.map((material) => materialName(material, words)).join(', '));
  return facts.join(' · ');
}

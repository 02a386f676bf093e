import type { MachineDescription } from '#contract/manufacturing.ts';
import { useWorld } from '../live/use-world.ts';
import { machineKey } from '../live/world.ts';
import type { Tone } from '../parts/job-signs.ts';
import { MachineFault } from '../parts/MachineFault.tsx';
import { materialName } from '../parts/refusal-words.ts';
import { Chip } from '../parts/StateChip.tsx';
import { isStopped } from '../parts/stopped-machine.ts';
import { useWords } from '../words/use-words.ts';

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

/** What a machine is, how it is now, and where it has stopped, what it says and the button of whoever has looked. */
export function MachineLine({ lab, machine }: { lab: string; machine: MachineDescription }) {
  const { say } = useWords();
  const live = useWorld((world) => world.machines[machineKey({ lab, machine: machine.machine })]);
  const state = live?.state ?? 'offline';
  return (
    <>
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
      {isStopped(live) && <MachineFault lab={lab} machine={machine.machine} words={live.words} />}
    </>
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

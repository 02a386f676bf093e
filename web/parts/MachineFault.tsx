import { Button } from '@mantine/core';
import { useState } from 'react';
import { clearFault } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import { ProblemNote } from './ProblemNote.tsx';
import { useCommand } from './use-command.ts';

/** A machine that waits for a person: its own words, what to do, and the button of whoever has looked. */
export function MachineFault({
  lab,
  machine,
  words,
}: {
  lab: string;
  machine: string;
  words: string | undefined;
}) {
  const { say } = useWords();
  const command = useCommand();
  const [isAsked, setIsAsked] = useState(false);
  return (
    <div className="fault">
      {words && <p className="small">{say('doubt.machineSays', { words })}</p>}
      <p className="small">{say('machine.stoppedHelp')}</p>
      <Button
        size="compact-sm"
        variant={isAsked ? 'filled' : 'default'}
        loading={command.isBusy}
        onClick={() => (isAsked ? void command.run(() => clearFault(lab, machine)) : setIsAsked(true))}
      >
        {say(isAsked ? 'machine.clearFaultSure' : 'machine.clearFault')}
      </Button>
      <ProblemNote words={command.problem} />
    </div>
  );
}

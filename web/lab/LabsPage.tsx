import { Button } from '@mantine/core';
import { useState } from 'react';
import { useWorld } from '../live/use-world.ts';
import { useWords } from '../words/use-words.ts';
import { LabCard } from './LabCard.tsx';
import { OpenLabForm } from './OpenLabForm.tsx';

export function LabsPage() {
  const { say, locale } = useWords();
  const labs = useWorld((world) => world.labs);
  const isKnown = useWorld((world) => world.log !== '');
  const [isOpening, setIsOpening] = useState(false);
  const sorted = Object.values(labs).sort((one, other) => one.name.localeCompare(other.name, locale));
  return (
    <div className="page">
      <div className="page-head">
        <h1>{say('labs.title')}</h1>
        <span className="soft">{say('labs.about')}</span>
        <Button ms="auto" variant={isOpening ? 'default' : 'filled'} onClick={() => setIsOpening(!isOpening)}>
          {say(isOpening ? 'action.back' : 'labs.open')}
        </Button>
      </div>
      {isOpening && <OpenLabForm />}
      {isKnown && sorted.length === 0 && <p className="empty">{say('labs.empty')}</p>}
      <ul className="labs">
        {sorted.map((lab) => (
          <LabCard key={lab.lab} lab={lab} />
        ))}
      </ul>
    </div>
  );
}

import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { useWorld } from '../live/use-world.ts';
import { useWords } from '../words/use-words.ts';
import { Gallery } from './Gallery.tsx';
import { MadeBefore, RunningNow } from './RunningNow.tsx';
import { shownJob } from './shown-job.ts';

export function FirstPage() {
  const { say } = useWords();
  return (
    <div className="page">
      <section className="hero">
        <div className="hero-words">
          <h1>{say('first.title')}</h1>
          <p>{say('first.sentence')}</p>
          <div className="hero-actions">
            <Button component="a" href="#gallery" size="md">
              {say('first.find')}
            </Button>
            <Button component={Link} href="/labs" variant="default" size="md">
              {say('first.openLab')}
            </Button>
          </div>
        </div>
        <Shown />
      </section>
      <Gallery />
    </div>
  );
}

function Shown() {
  const { say } = useWords();
  const job = useWorld(shownJob);
  const isKnown = useWorld((world) => world.log !== '');
  if (job === undefined)
    return (
      <div className="stage hero-stage">
        <p className="stage-words">{isKnown ? say('first.nothingYet') : ''}</p>
      </div>
    );
  return job.state === 'running' ? (
    <RunningNow key={job.job} job={job} />
  ) : (
    <MadeBefore key={job.job} job={job} />
  );
}

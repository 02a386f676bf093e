import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import type { JobView } from '#contract/views.ts';
import { useWorld } from '../live/use-world.ts';
import { openIsStill } from '../parts/is-still.ts';
import { JobStageView } from '../parts/JobStageView.tsx';
import { labName } from '../parts/refusal-words.ts';
import { Chip } from '../parts/StateChip.tsx';
import { titleWords } from '../parts/title-words.ts';
import { useWords } from '../words/use-words.ts';

/** The job on a machine now, with the tool where it was heard to be. */
export function RunningNow({ job }: { job: JobView }) {
  const words = useWords();
  const { say, caption, percent, duration } = words;
  const heard = useWorld((world) => world.telemetry[job.job]);
  const labs = useWorld((world) => world.labs);
  const isCut = job.requirement.process === 'cut';
  const isPaused = heard?.state === 'paused';
  const where = [labName({ labs }, job.lab), labs[job.lab ?? '']?.place].filter(Boolean).join(', ');
  const facts = [where, percent(heard?.progress ?? 0)];
  if (heard?.secondsLeft !== undefined) facts.push(say('job.left', { time: duration(heard.secondsLeft) }));
  const top = (
    <span className="hero-top">
      <Chip tone={isPaused ? 'wait' : 'live'}>
        <span aria-hidden="true">{isPaused ? '‖' : '▶'}</span>{' '}
        {say(isPaused ? 'state.paused' : isCut ? 'first.beingCut' : 'first.beingPrinted')}
      </Chip>
      <span className="figures">
        <Link href={`/jobs/${job.job}`}>
          <strong>{caption(job.designName)}</strong>
        </Link>{' '}
        · {facts.join(' · ')}
      </span>
    </span>
  );
  return (
    <JobStageView
      className="hero-stage"
      job={job}
      at={{ line: heard?.line ?? -1, position: heard?.positionMm }}
      label={`${caption(job.designName)}, ${titleWords(job.title, words)}`}
      top={top}
    />
  );
}

/** A whole program is shown in this time, whatever it took on the machine. */
const REPLAY_MS = 24_000;
const STEP_MS = 80;

/** The job made last, which can be played again. */
export function MadeBefore({ job }: { job: JobView }) {
  const words = useWords();
  const { say, caption, percent } = words;
  const [share, setShare] = useState(1);
  const [isPlaying, setIsPlaying] = useState(() => !openIsStill());
  const lines = job.programLines ?? 0;
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(
      () => setShare((now) => (now >= 1 ? 0 : Math.min(1, now + STEP_MS / REPLAY_MS))),
      STEP_MS,
    );
    return () => clearInterval(timer);
  }, [isPlaying]);
  const top = (
    <>
      <span className="hero-top">
        <Chip tone="made">
          <span aria-hidden="true">✓</span> {say('first.madeLast')}
        </Chip>
        <Link href={`/jobs/${job.job}`}>
          <strong>{caption(job.designName)}</strong>
        </Link>
      </span>
      <span className="hero-top">
        <button type="button" className="link-button" onClick={() => setIsPlaying(!isPlaying)}>
          {say(isPlaying ? 'first.stopReplay' : 'first.replay')}
        </button>
        <input
          type="range"
          min={0}
          max={1}
          step={0.001}
          value={share}
          aria-label={say('first.replayPlace')}
          aria-valuetext={percent(share)}
          onChange={(event) => {
            setIsPlaying(false);
            setShare(Number(event.currentTarget.value));
          }}
        />
      </span>
    </>
  );
  return (
    <JobStageView
      className="hero-stage"
      job={job}
      at={{ line: Math.round(share * lines) }}
      label={`${caption(job.designName)}, ${titleWords(job.title, words)}`}
      top={top}
    />
  );
}

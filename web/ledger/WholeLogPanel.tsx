import { Button } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useState } from 'react';
import { useWords, type Words } from '../words/use-words.ts';
import { drawnCheck } from './drawn-check.ts';
import { LogTree } from './LogTree.tsx';
import { useWholeLog } from './use-whole-log.ts';
import { WholeLogFacts } from './WholeLogFacts.tsx';
import { WholeLogFaultView } from './WholeLogFaultView.tsx';
import type { CheckProgress } from './whole-log/messages.ts';
import type { WholeLog, WholeLogStore } from './whole-log-store.ts';

/** The whole ledger, verified in this browser and drawn as the tree that it is. */
export function WholeLogPanel({ store }: { store: WholeLogStore }) {
  const { say } = useWords();
  const check = useWholeLog(store);
  const isAsking = check.stage.name !== 'following' && check.stage.name !== 'faulty';
  return (
    <section className="card whole-log" aria-labelledby="whole-log" data-whole-log={check.stage.name}>
      <div className="whole-words">
        <h2 id="whole-log">{say('whole.title')}</h2>
        {isAsking && <p className="soft whole-about">{say('whole.about')}</p>}
        <Stage check={check} store={store} />
        <div role="status" className="only-heard">
          <Heard check={check} />
        </div>
      </div>
      <Drawing check={check} />
    </section>
  );
}

function Stage({ check, store }: { check: WholeLog & { size: number }; store: WholeLogStore }) {
  const words = useWords();
  const { say, number } = words;
  const { stage, progress, remembered, verified, size } = check;
  const start = (
    <Button onClick={() => store.verify()} disabled={size === 0}>
      {say('whole.start', { count: size, shown: number(size) })}
    </Button>
  );
  switch (stage.name) {
    case 'idle':
      return (
        <>
          {remembered && (
            <p className="small">
              {say('whole.remembered', {
                count: remembered.size,
                shown: number(remembered.size),
                date: words.dateTime(remembered.atMs),
              })}
            </p>
          )}
          <div className="whole-actions">{start}</div>
        </>
      );
    case 'running':
      return (
        <>
          <Progress progress={progress} />
          <div className="whole-actions">
            <Button variant="default" onClick={() => store.stop()}>
              {say('whole.stop')}
            </Button>
          </div>
        </>
      );
    case 'following':
      return verified ? <WholeLogFacts check={check} verified={verified} store={store} /> : null;
    case 'faulty':
      return <WholeLogFaultView found={stage.found} isRemembered={remembered !== undefined} store={store} />;
    case 'stopped':
      return (
        <>
          <p>{stoppedWords(check, words)}</p>
          <div className="whole-actions">{start}</div>
        </>
      );
    case 'failed':
      return (
        <>
          <p role="alert" className="problem">
            {say('whole.failed')} <span lang="en">{stage.words}</span>
          </p>
          <div className="whole-actions">
            {start}
            {remembered && (
              <Button variant="subtle" onClick={() => store.forget()}>
                {say('whole.forget')}
              </Button>
            )}
          </div>
        </>
      );
  }
}

/** What screen readers hear of the end of a check; faults say themselves aloud. */
function Heard({ check }: { check: WholeLog }) {
  const words = useWords();
  if (check.stage.name === 'stopped') return stoppedWords(check, words);
  if (check.stage.name === 'following' && check.verified) return <FirstVerdict size={check.verified.size} />;
  return null;
}

/** Said once: a ledger that grows every second would never let its listener rest. */
function FirstVerdict({ size }: { size: number }) {
  const { say, number } = useWords();
  const [first] = useState(size);
  return say('whole.good', { count: first, shown: number(first) });
}

function stoppedWords({ progress, verified }: WholeLog, { say, number }: Words): string {
  const done = Math.max(progress?.done ?? 0, verified?.size ?? 0);
  return say('whole.stopped', { count: done, shown: number(done) });
}

function Progress({ progress }: { progress: CheckProgress | undefined }) {
  const { say, number } = useWords();
  const { phase, done, total } = progress ?? { phase: 'checkpoint', done: 0, total: 0 };
  const count = say('whole.progressOf', { done: number(done), total: number(total) });
  return (
    <div className="whole-progress">
      <p className="whole-phase">
        <strong>{say(`whole.phase.${phase}`)}</strong>
        {total > 0 && <span className="soft small figures">{count}</span>}
      </p>
      <div
        className="bar bar-check"
        role="progressbar"
        aria-label={say('whole.progress')}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        aria-valuetext={`${say(`whole.phase.${phase}`)}, ${count}`}
      >
        <span style={{ width: `${total === 0 ? 0 : (100 * done) / total}%` }} />
      </div>
    </div>
  );
}

function Drawing({ check }: { check: WholeLog & { size: number } }) {
  const { say, number } = useWords();
  const isNarrow = useMediaQuery('(max-width: 560px)') ?? false;
  const drawn = drawnCheck(check, check.size);
  const hasFault = drawn.root === 'bad' || drawn.seal === 'bad';
  const signed = check.verified?.size ?? check.progress?.total ?? 0;
  return (
    <div className="stage whole-stage">
      <div className="stage-top">
        <span className="figures">
          {signed > 0 && say('tree.signed', { count: signed, shown: number(signed) })}
        </span>
        <span className="tree-legend">
          <span className="tree-key-good">✓ {say('tree.checked')}</span>
          {hasFault && <span className="tree-key-bad">✕ {say('tree.atFault')}</span>}
          <span className="tree-key-open">
            <i aria-hidden="true" /> {say('tree.toCome')}
          </span>
        </span>
      </div>
      <LogTree check={drawn} witnesses={check.verified?.witnesses.length ?? 0} isNarrow={isNarrow} />
    </div>
  );
}

import { useWords } from '../words/use-words.ts';
import type { LadderStep } from './ladder-steps.ts';

const SHOWN_DIGITS = 16;

/** A rung: the hash of what is below joined with its sibling. Clicking climbs up to here. */
export function LadderStepView({
  step,
  state,
  check,
}: {
  step: LadderStep;
  state: 'open' | 'next' | 'good' | 'bad';
  check: () => void;
}) {
  const { say, number } = useWords();
  const { kind, sibling } = step;
  const sign = state === 'good' ? '✓' : state === 'bad' ? '✕' : '○';
  return (
    <li className={`rung rung-${state}`} data-rung={kind} data-state={state}>
      <button type="button" onClick={check}>
        <span className="rung-sign" aria-hidden="true">
          {sign}
        </span>
        <span className="rung-words">
          <span>
            {kind === 'signature' && step.size !== undefined
              ? say('ladder.signatureOf', { origin: step.origin ?? '', size: number(step.size) })
              : say(`ladder.${kind}`)}
            <span className="only-heard">{say(`rung.${state}`)}</span>
          </span>
          {kind !== 'signature' && (
            <span className="mono small rung-hash">
              {sibling?.side === 'left' && <Sibling hash={sibling.hash} />}
              <span title={step.hash}>{step.hash.slice(0, SHOWN_DIGITS)}…</span>
              {sibling?.side === 'right' && <Sibling hash={sibling.hash} />}
            </span>
          )}
        </span>
      </button>
    </li>
  );
}

function Sibling({ hash }: { hash: string }) {
  const { say } = useWords();
  return (
    <span className="soft rung-sibling" title={hash}>
      {say('ladder.sibling', { hash: hash.slice(0, 8) })}
    </span>
  );
}

import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useNow } from '../parts/use-now.ts';
import { useWords } from '../words/use-words.ts';
import type { WholeLog, WholeLogStore } from './whole-log-store.ts';

const SAID_EVERY_MS = 1_000;

/** What was verified, against what, and when. */
export function WholeLogFacts({
  check: { stage, remembered, size },
  verified,
  store,
}: {
  check: WholeLog & { size: number };
  verified: NonNullable<WholeLog['verified']>;
  store: WholeLogStore;
}) {
  const words = useWords();
  const { say, number } = words;
  const now = useNow(SAID_EVERY_MS);
  const trouble = stage.name === 'following' ? stage.trouble : undefined;
  const { origin, root, signatures, trust, unknown, witnesses } = verified;
  return (
    <>
      <p className="whole-verdict ladder-good">
        ✓ {say('whole.good', { count: verified.size, shown: number(verified.size) })}
      </p>
      {trouble && (
        <p className="whole-trouble">
          {say(`fault.${trouble.fault}`)}. {say('whole.triesAgain')}
        </p>
      )}
      <dl className="whole-facts">
        <Fact term={say('whole.upTo')}>
          <span data-verified-size={verified.size} data-world-size={size}>
            {say('whole.upToSize', {
              count: verified.size,
              shown: number(verified.size),
              ago: words.ago(verified.atMs, now),
            })}
          </span>
        </Fact>
        <Fact term={say('whole.signatures')}>{number(signatures)}</Fact>
        <Fact term={say('whole.root')}>
          <span className="mono whole-hash">{root}</span>
        </Fact>
        <Fact term={say('whole.key')}>
          <span className="whole-hash">{origin}</span>
          <span className="soft small whole-aside">
            {say(trust === 'own' ? 'whole.keyOwn' : 'whole.keyGiven')}
          </span>
        </Fact>
        <Fact term={say('whole.witnesses')}>
          {witnesses.length === 0 ? say('whole.noWitness') : witnesses.join(', ')}
        </Fact>
      </dl>
      {unknown > 0 && (
        <p className="soft small">{say('whole.unknown', { count: unknown, shown: number(unknown) })}</p>
      )}
      <p className="soft small">
        {remembered &&
          `${say('whole.grown', {
            count: remembered.size,
            shown: number(remembered.size),
            date: words.dateTime(remembered.atMs),
          })} `}
        {say('whole.follows')}
      </p>
      <div className="whole-actions">
        <Button variant="default" onClick={() => store.verify()}>
          {say('whole.again')}
        </Button>
        <Button variant="subtle" onClick={() => store.stop()}>
          {say('whole.stop')}
        </Button>
      </div>
    </>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

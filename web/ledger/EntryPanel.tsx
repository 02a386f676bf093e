import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { EntryProof } from '#contract/http.ts';
import { ProblemNote } from '../parts/ProblemNote.tsx';
import { problemWords } from '../parts/problem-words.ts';
import { saveFile } from '../parts/save-file.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { readEntryProof } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import { checkEntry, verdictName } from './check-entry.ts';
import { LadderStepView } from './LadderStepView.tsx';
import { ladderSteps } from './ladder-steps.ts';
import { lineOf } from './log-pages.ts';
import { receiptOf } from './receipt.ts';
import { useEntryWords } from './type-words.ts';
import { theVerifierKey } from './use-entry-checks.ts';

/** One entry: what it says, and its proof as a ladder from the leaf up to the signed checkpoint. */
export function EntryPanel({ index }: { index: number }) {
  const words = useWords();
  const { say, number } = words;
  const loaded = useLoaded(String(index), async () => ({
    proof: await readEntryProof(index),
    key: await theVerifierKey(),
  }));
  return (
    <section className="entry-panel" aria-label={say('history.entry', { index })} data-entry-panel>
      <div className="card pad">
        <div className="form-head">
          <h2>{say('entry.title', { index: number(index) })}</h2>
          <Link href="/ledger" className="small">
            {say('entry.close')}
          </Link>
        </div>
        {loaded.state === 'failed' && <ProblemNote words={problemWords(loaded.problem, words)} />}
        {loaded.state === 'ready' && <Content proof={loaded.value.proof} />}
      </div>
      {loaded.state === 'ready' && (
        <Ladder proof={loaded.value.proof} verifierKey={loaded.value.key} index={index} />
      )}
    </section>
  );
}

function Content({ proof }: { proof: EntryProof }) {
  const entryWords = useEntryWords();
  const { text, line } = readLeaf(proof);
  return (
    <>
      {line && <p>{entryWords(line.type, line.event)}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard. */}
      <pre className="entry-json" tabIndex={0}>
        {text}
      </pre>
    </>
  );
}

/** A leaf that is no entry, as a dishonest log might send one, is shown as it came. */
function readLeaf({ leaf, index }: EntryProof) {
  try {
    return { text: JSON.stringify(JSON.parse(leaf), null, 2), line: lineOf(leaf, index) };
  } catch {
    return { text: leaf, line: undefined };
  }
}

/** Each rung is computed when it is climbed; a rung that does not fit stops the climb and says so. */
function Ladder({ proof, verifierKey, index }: { proof: EntryProof; verifierKey: string; index: number }) {
  const { say } = useWords();
  const [climbed, setClimbed] = useState(0);
  const ladder = checkEntry(proof, verifierKey);
  const verdict = verdictName(ladder, proof, index);
  const steps = ladderSteps(ladder, verdict);
  const isAtTop = climbed >= steps.length;
  const firstBad = steps.findIndex(({ isGood }) => !isGood);
  const reached = firstBad >= 0 ? Math.min(climbed, firstBad + 1) : climbed;
  const isFailed = firstBad >= 0 && reached > firstBad;
  return (
    <div className="card pad ladder">
      <h2>{say('ladder.title')}</h2>
      <p className="soft small">{say('ladder.about')}</p>
      <div className="ladder-actions">
        <Button onClick={() => setClimbed(steps.length)} disabled={isAtTop}>
          {say('ladder.checkAll')}
        </Button>
        <Button variant="default" title={say('receipt.why')} onClick={() => saveReceipt(proof)}>
          {say('receipt.save')}
        </Button>
        <p role="status" className={`ladder-verdict ${isFailed ? 'ladder-bad' : 'ladder-good'}`}>
          {isFailed ? `✕ ${say(`verdict.${verdict}`)}` : isAtTop && `✓ ${say('verdict.verified')}`}
        </p>
      </div>
      <ol>
        {steps.map((step, at) => (
          <LadderStepView
            key={step.key}
            step={step}
            state={
              at < reached ? (step.isGood ? 'good' : 'bad') : at === reached && !isFailed ? 'next' : 'open'
            }
            check={() => setClimbed(at + 1)}
          />
        ))}
      </ol>
    </div>
  );
}

function saveReceipt(proof: EntryProof): void {
  saveFile(`entry-${proof.index}.tlog-proof`, receiptOf(proof), 'text/plain');
}

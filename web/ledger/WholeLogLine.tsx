import { Link } from 'wouter';
import { useNow } from '../parts/use-now.ts';
import { useWords } from '../words/use-words.ts';
import { useWholeLog } from './use-whole-log.ts';
import type { WholeLogStore } from './whole-log-store.ts';

const SAID_EVERY_MS = 1_000;

/** Where the check of the whole ledger stands, in one line, beside a single entry. */
export function WholeLogLine({ store }: { store: WholeLogStore }) {
  const { say, number, percent, ago } = useWords();
  const { stage, verified, progress } = useWholeLog(store);
  const now = useNow(SAID_EVERY_MS, stage.name === 'following');
  return (
    <p className="whole-line small" data-whole-log={stage.name}>
      {stage.name === 'following' && verified && (
        <span className="ladder-good">
          ✓{' '}
          {say('whole.slimGood', {
            count: verified.size,
            shown: number(verified.size),
            ago: ago(verified.atMs, now),
          })}
        </span>
      )}
      {stage.name === 'running' && (
        <span>
          {say('whole.slimRunning', { share: percent((progress?.done ?? 0) / (progress?.total || 1)) })}
        </span>
      )}
      {stage.name === 'faulty' && <span className="ladder-bad">✕ {say(`fault.${stage.found.fault}`)}</span>}
      <Link href="/ledger">{say(stage.name === 'idle' ? 'whole.all' : 'whole.title')}</Link>
    </p>
  );
}

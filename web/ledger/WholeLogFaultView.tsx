import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { saveFile } from '../parts/save-file.ts';
import { useWords } from '../words/use-words.ts';
import type { Evidence, FoundFault, WholeLogFault } from './whole-log/messages.ts';
import type { WholeLogStore } from './whole-log-store.ts';

/** Faults that a log which was begun anew on purpose shows to whoever remembers the old one. */
const MAY_BE_ANEW: ReadonlySet<WholeLogFault> = new Set([
  ...(['wrong-log', 'bad-signature', 'bad-checkpoint', 'rollback', 'fork'] as const),
]);

/** Which fault, in the reader's words and the verifier's, where it is, and what can be done about it. */
export function WholeLogFaultView({
  found,
  isRemembered,
  store,
}: {
  found: FoundFault;
  /** Whether this browser brought something along that the log was checked against. */
  isRemembered: boolean;
  store: WholeLogStore;
}) {
  const { say, number } = useWords();
  const { fault, reason, index, evidence } = found;
  const isUnsaid = fault === 'unreachable';
  return (
    <>
      <div role="alert" className={isUnsaid ? 'whole-trouble' : 'problem whole-fault'} data-fault={fault}>
        <p className="whole-verdict">
          {isUnsaid ? '?' : '✕'} {say(isUnsaid ? 'whole.unsaid' : 'whole.bad')}
        </p>
        <p>{say(`fault.${fault}`)}.</p>
        <p className="mono small" lang="en">
          {fault}: {reason}
        </p>
      </div>
      {evidence && <EvidenceButton evidence={evidence} fault={fault} />}
      {isRemembered && MAY_BE_ANEW.has(fault) && <p className="soft small">{say('whole.forgetWhy')}</p>}
      <div className="whole-actions">
        {index !== undefined && (
          <Link href={`/ledger/${index}`} className="whole-open">
            {say('whole.openEntry', { index: number(index) })}
          </Link>
        )}
        <Button variant="default" onClick={() => store.verify()}>
          {say('whole.again')}
        </Button>
        {isRemembered && MAY_BE_ANEW.has(fault) && (
          <Button variant="subtle" onClick={() => store.forget()}>
            {say('whole.forget')}
          </Button>
        )}
      </div>
    </>
  );
}

function EvidenceButton({ evidence, fault }: { evidence: Evidence; fault: WholeLogFault }) {
  const { say } = useWords();
  return (
    <div className="whole-evidence">
      <Button
        onClick={() => saveFile(`ledger-${fault}.txt`, `${evidence.older}\n${evidence.newer}`, 'text/plain')}
      >
        {say('whole.evidence')}
      </Button>
      <p className="soft small">{say('whole.evidenceWhy')}</p>
    </div>
  );
}

import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { JobView } from '#contract/views.ts';
import { useWorld } from '../live/use-world.ts';
import { shownState } from '../parts/job-signs.ts';
import { ProblemNote } from '../parts/ProblemNote.tsx';
import { labName, machineName } from '../parts/refusal-words.ts';
import { type Command, useCommand } from '../parts/use-command.ts';
import { commandJob } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import { type ActionName, allowedActions, commandFor, needsWords } from './allowed-actions.ts';

interface Place {
  lab: string;
  machine: string;
}

/** Taken or declined for one machine. */
const OF_A_MACHINE: ReadonlySet<ActionName> = new Set(['take', 'decline']);

/**
 * Buttons for what may be done with the job now; those that need a reason ask for it in place.
 * @param lab whose people ask: then it is taken and declined for their own machines only.
 */
export function JobActions({ job, lab }: { job: JobView; lab?: string }) {
  const { say } = useWords();
  const heard = useWorld((world) => world.telemetry[job.job]);
  const command = useCommand();
  const [asking, setAsking] = useState<ActionName>();
  const [chosen, setChosen] = useState(0);
  const state = shownState(job, heard);
  const places: Place[] =
    (job.state === 'offered' || job.state === 'taken') && job.lab && job.machine
      ? [{ lab: job.lab, machine: job.machine }]
      : job.candidates
          .filter((one) => lab === undefined || one.lab === lab)
          .map((one) => ({ lab: one.lab, machine: one.machine }));
  const actions = allowedActions(job, state).filter(
    (action) => !OF_A_MACHINE.has(action) || places.length > 0,
  );
  if (actions.length === 0) return null;
  const act = async (action: ActionName, words: string) => {
    const wish = commandFor(action, words, places[chosen] ?? places[0]);
    if (wish && (await command.run(() => commandJob(job.job, wish)))) setAsking(undefined);
  };
  return (
    <section className="card pad actions" aria-label={say('action.title')}>
      <div className="actions-row">
        {actions.includes('take') && places.length > 1 && (
          <Places places={places} chosen={chosen} choose={setChosen} />
        )}
        {actions.map((action, at) => (
          <Button
            key={action}
            variant={at === 0 ? 'filled' : 'default'}
            disabled={command.isBusy}
            onClick={() => (needsWords(action) ? setAsking(action) : void act(action, ''))}
          >
            {say(`action.${action}`)}
          </Button>
        ))}
      </div>
      {asking && actions.includes(asking) && (
        <ReasonForm
          key={asking}
          action={asking}
          command={command}
          act={act}
          close={() => setAsking(undefined)}
        />
      )}
      <ProblemNote words={command.problem} />
    </section>
  );
}

function Places({
  places,
  chosen,
  choose,
}: {
  places: Place[];
  chosen: number;
  choose: (at: number) => void;
}) {
  const { say } = useWords();
  const labs = useWorld((world) => world.labs);
  return (
    <NativeSelect
      aria-label={say('action.where')}
      value={String(chosen)}
      onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
      data={places.map(({ lab, machine }, at) => ({
        value: String(at),
        label: `${labName({ labs }, lab)}, ${machineName({ labs }, lab, machine)}`,
      }))}
    />
  );
}

const REASON_CHARS_MAX = 300;

function ReasonForm({
  action,
  command,
  act,
  close,
}: {
  action: ActionName;
  command: Command;
  act: (action: ActionName, words: string) => Promise<void>;
  close: () => void;
}) {
  const { say } = useWords();
  const [words, setWords] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (words.trim() !== '') void act(action, words.trim());
  };
  const isNote = action === 'resolve-made' || action === 'resolve-failed';
  return (
    <form className="reason rise" onSubmit={submit}>
      <TextInput
        label={say(isNote ? 'action.note' : 'action.reason')}
        description={say('action.publicReason')}
        value={words}
        maxLength={REASON_CHARS_MAX}
        onChange={({ currentTarget }) => setWords(currentTarget.value)}
        data-autofocus
        autoFocus
      />
      <Button type="submit" loading={command.isBusy} disabled={words.trim() === ''}>
        {say(`action.${action}`)}
      </Button>
      <Button variant="subtle" onClick={close}>
        {say('action.back')}
      </Button>
    </form>
  );
}

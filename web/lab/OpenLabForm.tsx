import { Button, Switch, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { LabOpened } from '#contract/http.ts';
import { ProblemNote } from '../parts/ProblemNote.tsx';
import { useCommand } from '../parts/use-command.ts';
import { openLab } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import { BridgeKey } from './BridgeKey.tsx';

const SLUG_CHARS_MAX = 63;

/** A short name for topics and addresses, made of the lab's name. */
export function slugOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_CHARS_MAX)
    .replace(/^-+|-+$/g, '');
}

export function OpenLabForm() {
  const { say } = useWords();
  const command = useCommand();
  const [opened, setOpened] = useState<LabOpened>();
  const [name, setName] = useState('');
  const [place, setPlace] = useState('');
  const [slug, setSlug] = useState<string>();
  const [takesByItself, setTakesByItself] = useState(true);
  const [clearsByItself, setClearsByItself] = useState(false);
  const lab = slug ?? slugOf(name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void command.run(async () =>
      setOpened(
        await openLab({
          lab,
          name: name.trim(),
          place: place.trim(),
          consent: takesByItself ? 'automatic' : 'by-hand',
          bedClear: clearsByItself ? 'automatic' : 'by-hand',
        }),
      ),
    );
  };
  if (opened) return <BridgeKey opened={opened} />;
  return (
    <form className="card pad open-lab rise" onSubmit={submit}>
      <h2>{say('labs.open')}</h2>
      <p className="soft">{say('labs.openWhy')}</p>
      <div className="open-lab-fields">
        <TextInput
          required
          label={say('labs.name')}
          maxLength={120}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <TextInput
          label={say('labs.place')}
          maxLength={120}
          value={place}
          onChange={({ currentTarget }) => setPlace(currentTarget.value)}
        />
        <TextInput
          required
          label={say('labs.slug')}
          description={say('labs.slugWhy')}
          pattern="[a-z0-9][a-z0-9\-]{0,62}"
          value={lab}
          onChange={({ currentTarget }) => setSlug(currentTarget.value)}
        />
      </div>
      <Switch
        label={say('labs.takesByItself')}
        description={say('labs.takesByItselfWhy')}
        checked={takesByItself}
        onChange={({ currentTarget }) => setTakesByItself(currentTarget.checked)}
      />
      <Switch
        label={say('labs.clearsByItself')}
        description={say('labs.clearsByItselfWhy')}
        checked={clearsByItself}
        onChange={({ currentTarget }) => setClearsByItself(currentTarget.checked)}
      />
      <Button type="submit" loading={command.isBusy} disabled={lab === '' || name.trim() === ''}>
        {say('labs.open')}
      </Button>
      <ProblemNote words={command.problem} />
    </form>
  );
}

import { Button, Modal, PasswordInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useCallback, useState } from 'react';
import { usePreferencesStore } from '../words/use-preferences.ts';
import { useWords } from '../words/use-words.ts';
import { KeyDialogContext } from './key-dialog-context.ts';

/** Looking is open to all; whoever wants to act on a server that others reach gives its key once. */
export function KeyDialogProvider({ children }: { children: ReactNode }) {
  const { say } = useWords();
  const store = usePreferencesStore();
  const [isOpen, setIsOpen] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [key, setKey] = useState('');
  const open = useCallback((words?: string) => {
    setProblem(words);
    setIsOpen(true);
  }, []);
  const keep = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() === '') return;
    store.keepKey(key.trim());
    setKey('');
    setIsOpen(false);
  };
  return (
    <KeyDialogContext value={open}>
      {children}
      <Modal opened={isOpen} onClose={() => setIsOpen(false)} title={say('key.title')} centered>
        <form onSubmit={keep}>
          <p className="soft">{say('key.why')}</p>
          <PasswordInput
            mt="md"
            mb="md"
            label={say('key.label')}
            autoComplete="off"
            error={problem}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            data-autofocus
          />
          <Button type="submit">{say('key.keep')}</Button>
        </form>
      </Modal>
    </KeyDialogContext>
  );
}

import { useState } from 'react';
import { ServerProblem } from '../server-link.ts';
import { useKeyDialog } from '../shell/key-dialog-context.ts';
import { usePreferencesStore } from '../words/use-preferences.ts';
import { useWords } from '../words/use-words.ts';
import { problemWords } from './problem-words.ts';

/** Codes that a key would help with. */
const KEY_PROBLEMS = new Set(['access.key-missing', 'access.key-wrong']);

export interface Command {
  isBusy: boolean;
  /** The sentence of what went wrong the last time. */
  problem: string | undefined;
  /** Runs the command; true when it was done. A missing or wrong key opens the dialog that asks for it. */
  run(command: () => Promise<unknown>): Promise<boolean>;
}

export function useCommand(): Command {
  const words = useWords();
  const openKeyDialog = useKeyDialog();
  const preferences = usePreferencesStore();
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  return {
    isBusy,
    problem,
    async run(command) {
      setIsBusy(true);
      setProblem(undefined);
      try {
        await command();
        return true;
      } catch (cause) {
        const sentence = problemWords(cause, words);
        setProblem(sentence);
        if (cause instanceof ServerProblem && KEY_PROBLEMS.has(cause.code)) {
          const isWrong = cause.code === 'access.key-wrong';
          if (isWrong) preferences.keepKey(undefined);
          openKeyDialog(isWrong ? sentence : undefined);
        }
        return false;
      } finally {
        setIsBusy(false);
      }
    },
  };
}

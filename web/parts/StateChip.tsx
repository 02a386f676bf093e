import type { ReactNode } from 'react';
import { useWords } from '../words/use-words.ts';
import { type ShownState, SIGNS, TONES, type Tone } from './job-signs.ts';

export function Chip({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`chip chip-${tone}`}>{children}</span>;
}

export function StateChip({ state }: { state: ShownState }) {
  const { say } = useWords();
  return (
    <Chip tone={TONES[state]}>
      <span aria-hidden="true">{SIGNS[state]}</span> {say(`state.${state}`)}
    </Chip>
  );
}

import { Button } from '@mantine/core';
import { useStore } from 'zustand';
import type { ParameterDefinition } from '#contract/design.ts';
import type { DesignDetail } from '#contract/http.ts';
import { ProblemNote } from '../parts/ProblemNote.tsx';
import { problemWords } from '../parts/problem-words.ts';
import { ServerProblem } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import type { CustomizerStore } from './customizer-store.ts';
import { ParameterField } from './ParameterField.tsx';

/** The form of a design, made from its definitions: what the customer chooses, and folded away what the maker measures. */
export function ParameterForm({ store, detail }: { store: CustomizerStore; detail: DesignDetail }) {
  const words = useWords();
  const { say } = words;
  const problem = useStore(store, (state) => state.problem);
  const hasChanges = useStore(store, (state) => Object.keys(state.changed).length > 0);
  const field = problem instanceof ServerProblem ? problem.details.name : undefined;
  const definitions = detail.summary.parameters;
  const ofCustomer = definitions.filter(({ scope }) => scope === 'customer');
  const ofMaker = definitions.filter(({ scope }) => scope !== 'customer');
  const sentence = problem === undefined ? undefined : problemWords(problem, words);
  const isSaidAtField = definitions.some(({ name }) => name === field);
  const fields = (list: readonly ParameterDefinition[]) =>
    list.map((definition) => (
      <ParameterField
        key={definition.name}
        store={store}
        definition={definition}
        problem={definition.name === field ? sentence : undefined}
      />
    ));
  return (
    <section className="card pad" aria-label={say('design.parameters')}>
      <div className="form-head">
        <h2>{say('design.parameters')}</h2>
        <Button variant="subtle" size="compact-sm" disabled={!hasChanges} onClick={() => store.setAll({})}>
          {say('design.reset')}
        </Button>
      </div>
      <Presets store={store} detail={detail} />
      {!isSaidAtField && <ProblemNote words={sentence} />}
      {definitions.length === 0 && <p className="soft">{say('design.noParameters')}</p>}
      {fields(ofCustomer)}
      {ofMaker.length > 0 && (
        <details className="maker-fields" open={ofMaker.some(({ name }) => name === field) || undefined}>
          <summary>{say('design.makerFields')}</summary>
          <p className="soft small">{say('design.makerFieldsWhy')}</p>
          {fields(ofMaker)}
        </details>
      )}
    </section>
  );
}

function Presets({ store, detail }: { store: CustomizerStore; detail: DesignDetail }) {
  const { say, caption } = useWords();
  const { presets } = detail.summary;
  if (presets.length === 0) return null;
  return (
    <div className="presets">
      <span className="soft small">{say('design.presets')}</span>
      {presets.map((preset) => (
        <Button
          key={preset.name}
          variant="default"
          size="compact-sm"
          onClick={() => store.setAll(preset.parameters)}
        >
          {caption(preset.caption)}
        </Button>
      ))}
    </div>
  );
}

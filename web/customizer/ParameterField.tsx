import { NativeSelect, NumberInput, Slider, Switch, TextInput } from '@mantine/core';
import { useStore } from 'zustand';
import type { ParameterDefinition } from '#contract/design.ts';
import { useWords } from '../words/use-words.ts';
import type { CustomizerStore } from './customizer-store.ts';

interface FieldProps<Definition> {
  store: CustomizerStore;
  definition: Definition;
  problem: string | undefined;
}

type Kind<Name> = Extract<ParameterDefinition, { kind: Name }>;

export function ParameterField({ store, definition, problem }: FieldProps<ParameterDefinition>) {
  switch (definition.kind) {
    case 'number':
      return <NumberField store={store} definition={definition} problem={problem} />;
    case 'choice':
      return <ChoiceField store={store} definition={definition} problem={problem} />;
    case 'checkbox':
      return <CheckboxField store={store} definition={definition} problem={problem} />;
    case 'text':
      return <TextField store={store} definition={definition} problem={problem} />;
  }
}

function useValue({ store, definition }: Pick<FieldProps<ParameterDefinition>, 'store' | 'definition'>) {
  return useStore(store, (state) => state.changed[definition.name] ?? definition.initial);
}

/** A number is typed or dragged; out of its limits it is still sent, and the server says what is wrong. */
function NumberField({ store, definition, problem }: FieldProps<Kind<'number'>>) {
  const { caption, locale, say, short } = useWords();
  const value = Number(useValue({ store, definition }));
  const { min, max, step = definition.isInteger ? 1 : 0.1, unit } = definition;
  const label = caption(definition.caption);
  const hasRange = min !== undefined && max !== undefined;
  return (
    <div className="field">
      <NumberInput
        label={label}
        description={
          hasRange ? say('design.range', { min: short(min, 3), max: short(max, 3), unit: unit ?? '' }) : null
        }
        value={value}
        step={step}
        allowDecimal={!definition.isInteger}
        decimalSeparator={locale === 'fr' ? ',' : '.'}
        suffix={unit === undefined ? '' : ` ${unit}`}
        clampBehavior="none"
        error={problem}
        onChange={(next) => {
          if (typeof next === 'number') store.set(definition, next);
        }}
      />
      {hasRange && (
        <Slider
          aria-label={label}
          thumbLabel={label}
          size={4}
          value={Math.min(max, Math.max(min, value))}
          min={min}
          max={max}
          step={step}
          label={null}
          onChange={(next) => store.set(definition, Number(next.toFixed(6)))}
        />
      )}
    </div>
  );
}

function ChoiceField({ store, definition, problem }: FieldProps<Kind<'choice'>>) {
  const { caption } = useWords();
  const value = useValue({ store, definition });
  return (
    <div className="field">
      <NativeSelect
        label={caption(definition.caption)}
        error={problem}
        value={String(value)}
        data={definition.options.map((option) => ({
          value: String(option.value),
          label: caption(option.caption),
        }))}
        onChange={({ currentTarget }) => {
          const chosen = definition.options.find((option) => String(option.value) === currentTarget.value);
          if (chosen) store.set(definition, chosen.value);
        }}
      />
    </div>
  );
}

function CheckboxField({ store, definition, problem }: FieldProps<Kind<'checkbox'>>) {
  const { caption } = useWords();
  const value = useValue({ store, definition });
  return (
    <div className="field">
      <Switch
        label={caption(definition.caption)}
        error={problem}
        checked={value === true}
        onChange={({ currentTarget }) => store.set(definition, currentTarget.checked)}
      />
    </div>
  );
}

function TextField({ store, definition, problem }: FieldProps<Kind<'text'>>) {
  const { caption } = useWords();
  const value = useValue({ store, definition });
  return (
    <div className="field">
      <TextInput
        label={caption(definition.caption)}
        error={problem}
        maxLength={definition.maxLength}
        value={String(value)}
        onChange={({ currentTarget }) => store.set(definition, currentTarget.value)}
      />
    </div>
  );
}

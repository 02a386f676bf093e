import { createStore } from 'zustand/vanilla';
import type { ParameterDefinition, Parameters, ParameterValue } from '#contract/design.ts';
import type { DesignDetail, EvaluateDesign, Quote } from '#contract/http.ts';

/** A slider in motion asks once it rests for this long. */
export const REST_MS = 180;

export interface Customizer {
  detail: DesignDetail | undefined;
  /** Only what differs from the initial values. */
  changed: Parameters;
  quantity: number;
  quote: Quote | undefined;
  isEvaluating: boolean;
  problem: unknown;
}

export interface CustomizerParts {
  evaluate(wish: EvaluateDesign, signal: AbortSignal): Promise<Quote>;
  /** Runs later unless cancelled; `setTimeout` outside of tests. */
  later(run: () => void, delayMs: number): () => void;
}

export type CustomizerStore = ReturnType<typeof createCustomizerStore>;

/** What a visitor wants of a design, and what the server says to it. The latest wish wins, whatever answers first. */
export function createCustomizerStore(parts: CustomizerParts, changed: Parameters, quantity: number) {
  const store = createStore<Customizer>(() => ({
    detail: undefined,
    changed,
    quantity,
    quote: undefined,
    isEvaluating: false,
    problem: undefined,
  }));
  let running: AbortController | undefined;
  let cancelTimer = () => {};

  const evaluate = async () => {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const { changed: parameters, quantity: wanted } = store.getState();
    try {
      const quote = await parts.evaluate({ parameters, quantity: wanted }, mine.signal);
      if (running === mine) store.setState({ quote, problem: undefined, isEvaluating: false });
    } catch (problem) {
      if (running === mine) store.setState({ problem, isEvaluating: false });
    }
  };
  const ask = (delayMs: number) => {
    cancelTimer();
    store.setState({ isEvaluating: true });
    cancelTimer = parts.later(() => void evaluate(), delayMs);
  };

  return {
    ...store,
    begin(detail: DesignDetail) {
      const known = new Set(detail.summary.parameters.map(({ name }) => name));
      const kept = Object.entries(store.getState().changed).filter(([name]) => known.has(name));
      store.setState({ detail, changed: Object.fromEntries(kept) });
      ask(0);
    },
    set(definition: ParameterDefinition, value: ParameterValue) {
      const { [definition.name]: _before, ...others } = store.getState().changed;
      const isInitial = value === definition.initial;
      store.setState({ changed: isInitial ? others : { ...others, [definition.name]: value } });
      ask(REST_MS);
    },
    setAll(values: Parameters) {
      store.setState({ changed: values });
      ask(0);
    },
    setQuantity(next: number) {
      store.setState({ quantity: next });
      ask(REST_MS);
    },
    close() {
      cancelTimer();
      running?.abort();
      running = undefined;
    },
  };
}

/** Parameters as they stand in an address: `?width=600&door=true`. */
export function parametersToSearch(changed: Parameters): string {
  return new URLSearchParams(
    Object.entries(changed).map(([name, value]) => [name, String(value)]),
  ).toString();
}

/** Values from an address, read as the definitions want them; what does not belong to the design is left out. */
export function parametersFromSearch(
  search: string,
  definitions: readonly ParameterDefinition[],
): Parameters {
  const given = new URLSearchParams(search);
  const values: Parameters = {};
  for (const definition of definitions) {
    const text = given.get(definition.name);
    if (text === null) continue;
    const value = readValue(definition, text);
    if (value !== undefined && value !== definition.initial) values[definition.name] = value;
  }
  return values;
}

function readValue(definition: ParameterDefinition, text: string): ParameterValue | undefined {
  switch (definition.kind) {
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'checkbox':
      return text === 'true';
    case 'choice':
      return definition.options.find(({ value }) => String(value) === text)?.value;
    case 'text':
      return text.slice(0, definition.maxLength);
  }
}

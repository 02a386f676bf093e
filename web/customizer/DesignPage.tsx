import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { DesignDetail } from '#contract/http.ts';
import { ModelStageView } from '../parts/ModelStageView.tsx';
import { ProblemNote } from '../parts/ProblemNote.tsx';
import { problemWords } from '../parts/problem-words.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { evaluateDesign, readDesign } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import {
  type CustomizerStore,
  createCustomizerStore,
  parametersFromSearch,
  parametersToSearch,
} from './customizer-store.ts';
import { Downloads } from './Downloads.tsx';
import { OrderBox } from './OrderBox.tsx';
import { ParameterForm } from './ParameterForm.tsx';
import { Routes } from './Routes.tsx';

export function DesignPage({ design }: { design: string }) {
  const words = useWords();
  const detail = useLoaded(design, readDesign);
  if (detail.state === 'failed')
    return (
      <div className="page">
        <ProblemNote words={problemWords(detail.problem, words)} />
      </div>
    );
  if (detail.state === 'loading') return <div className="page page-wait" />;
  return <Customizing detail={detail.value} />;
}

const later = (run: () => void, delayMs: number) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

function Customizing({ detail }: { detail: DesignDetail }) {
  const [store] = useState(() => {
    const changed = parametersFromSearch(window.location.search, detail.summary.parameters);
    const evaluate: Parameters<typeof createCustomizerStore>[0]['evaluate'] = (wish, signal) =>
      evaluateDesign(detail.view.design, { ...wish, version: detail.view.version }, signal);
    return createCustomizerStore({ evaluate, later }, changed, 1);
  });
  useEffect(() => {
    store.begin(detail);
    return () => store.close();
  }, [store, detail]);
  const changed = useStore(store, (state) => state.changed);
  // The address can be shared at any moment, without filling the history of the browser.
  useEffect(() => {
    const search = parametersToSearch(changed);
    const address = `${window.location.pathname}${search === '' ? '' : `?${search}`}`;
    window.history.replaceState(window.history.state, '', address);
  }, [changed]);
  return (
    <div className="page">
      <Head detail={detail} />
      <div className="design-columns">
        <div className="design-stage-column">
          <Shape store={store} detail={detail} />
          <Routes store={store} />
        </div>
        <div className="design-side">
          <ParameterForm store={store} detail={detail} />
          <OrderBox store={store} detail={detail} />
          <Downloads store={store} />
        </div>
      </div>
    </div>
  );
}

function Head({ detail: { view, summary } }: { detail: DesignDetail }) {
  const { say, caption } = useWords();
  return (
    <>
      <div className="page-head">
        <h1>{caption(summary.caption)}</h1>
        <span className="soft">
          {say('gallery.version', { number: view.number })} · {summary.licence} ·{' '}
          {say('design.by', { names: summary.contributors.map(({ name }) => name).join(', ') })} ·{' '}
          {say('gallery.made', { count: view.made })}
        </span>
      </div>
      <p className="design-about soft">{caption(summary.description)}</p>
    </>
  );
}

function Shape({ store, detail }: { store: CustomizerStore; detail: DesignDetail }) {
  const { say, caption, number, money } = useWords();
  const quote = useStore(store, (state) => state.quote);
  const isEvaluating = useStore(store, (state) => state.isEvaluating);
  const size = quote?.report.size;
  const top = (
    <>
      <span className="figures">
        {size && say('design.size', { x: number(size.xMm), y: number(size.yMm), z: number(size.zMm) })}
      </span>
      <span className="hero-top">
        <span className="soft" role="status">
          {isEvaluating ? say('design.evaluating') : ''}
        </span>
        {quote && (
          <span className="stage-price figures">
            {money(quote.price.total.minor, quote.price.total.currency)}
          </span>
        )}
      </span>
    </>
  );
  return (
    <ModelStageView
      className="design-stage"
      glb={quote?.report.files.glb}
      parts={quote?.report.parts ?? []}
      label={caption(detail.summary.caption)}
      top={top}
    />
  );
}

import { useStore } from 'zustand';
import type { RoutePreview } from '#contract/http.ts';
import { useWorld } from '../live/use-world.ts';
import { labName, machineName, refusalWords } from '../parts/refusal-words.ts';
import { titleWords } from '../parts/title-words.ts';
import { useWords } from '../words/use-words.ts';
import type { CustomizerStore } from './customizer-store.ts';
import { RankingTerms, RankingWeightsNote } from './RankingTerms.tsx';

/** Who can make it, and why others cannot. */
export function Routes({ store }: { store: CustomizerStore }) {
  const { say } = useWords();
  const quote = useStore(store, (state) => state.quote);
  if (quote === undefined) return null;
  return (
    <section className="card pad routes" aria-label={say('routes.title')}>
      <h2>{say('routes.title')}</h2>
      {quote.routes.map((route, at) => (
        // Titles may repeat; routes come in the order of the work pieces and are replaced as a whole.
        // biome-ignore lint/suspicious/noArrayIndexKey: the place in the list is the identity.
        <Route key={at} route={route} />
      ))}
      <RankingWeightsNote />
    </section>
  );
}

function Route({ route }: { route: RoutePreview }) {
  const words = useWords();
  const { say } = words;
  const labs = useWorld((world) => world.labs);
  const nearMisses = route.refusals.filter(({ isNearMiss }) => isNearMiss === true);
  const others = route.refusals.filter(({ isNearMiss }) => isNearMiss !== true);
  return (
    <div className="route">
      <h3>{titleWords(route.title, words)}</h3>
      <ul>
        {route.candidates.map((candidate, at) => (
          <li key={`${candidate.lab}/${candidate.machine}`}>
            <span className="route-yes" aria-hidden="true">
              ✓
            </span>{' '}
            {labName({ labs }, candidate.lab)}, {machineName({ labs }, candidate.lab, candidate.machine)}
            <span className="soft small">
              {' '}
              · {say('routes.queue', { count: candidate.queue })}
              {at === 0 ? ` · ${say('routes.best')}` : ''}
            </span>
            <RankingTerms candidate={candidate} />
          </li>
        ))}
        {route.candidates.length === 0 && <li className="route-none">{say('routes.nobody')}</li>}
      </ul>
      {nearMisses.length > 0 && (
        <>
          <p className="small">{say('routes.nearMisses')}</p>
          <ul className="soft small">
            {nearMisses.map((refusal) => (
              <li key={`${refusal.lab}/${refusal.machine}`}>{refusalWords(refusal, words, { labs })}</li>
            ))}
          </ul>
        </>
      )}
      {others.length > 0 && (
        <details open={route.candidates.length === 0 || undefined}>
          <summary className="small">{say('routes.others', { count: others.length })}</summary>
          <ul className="soft small">
            {others.map((refusal) => (
              <li key={`${refusal.lab}/${refusal.machine}`}>{refusalWords(refusal, words, { labs })}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

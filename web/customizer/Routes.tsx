import { useStore } from 'zustand';
import type { RoutePreview } from '#contract/http.ts';
import { useWorld } from '../live/use-world.ts';
import { labName, machineName, refusalWords } from '../parts/refusal-words.ts';
import { titleWords } from '../parts/title-words.ts';
import { useWords } from '../words/use-words.ts';
import type { CustomizerStore } from './customizer-store.ts';

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
    </section>
  );
}

function Route({ route }: { route: RoutePreview }) {
  const words = useWords();
  const { say } = words;
  const labs = useWorld((world) => world.labs);
  return (
    <div className="route">
      <h3>{titleWords(route.title, words)}</h3>
      <ul>
        {route.candidates.map(({ lab, machine, queue }, at) => (
          <li key={`${lab}/${machine}`}>
            <span className="route-yes" aria-hidden="true">
              ✓
            </span>{' '}
            {labName({ labs }, lab)}, {machineName({ labs }, lab, machine)}
            <span className="soft small">
              {' '}
              · {say('routes.queue', { count: queue })}
              {at === 0 ? ` · ${say('routes.best')}` : ''}
            </span>
          </li>
        ))}
        {route.candidates.length === 0 && <li className="route-none">{say('routes.nobody')}</li>}
      </ul>
      {route.refusals.length > 0 && (
        <details open={route.candidates.length === 0 || undefined}>
          <summary className="small">{say('routes.others', { count: route.refusals.length })}</summary>
          <ul className="soft small">
            {route.refusals.map((refusal) => (
              <li key={`${refusal.lab}/${refusal.machine}`}>{refusalWords(refusal, words, { labs })}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

import { type Candidate, defaultRankingWeights, RankingTerm } from '#contract/manufacturing.ts';
import { useWorld } from '../live/use-world.ts';
import { useWords, type Words } from '../words/use-words.ts';

/** One whole unit of most currencies; the weights count material by it. */
const MINOR_WEIGHED = '100';

/** The points against a machine and, opened, what each of them is for. */
export function RankingTerms({ candidate }: { candidate: Candidate }) {
  const words = useWords();
  const { say, short } = words;
  const currency = useCurrency();
  return (
    <details className="small soft route-terms">
      <summary>{say('routes.points', { points: short(candidate.score, 1) })}</summary>
      <ul>
        {RankingTerm.options.flatMap((term) => {
          const known = candidate.terms[term];
          if (known === undefined) return [];
          const what = termWords(term, known.measure, currency, words);
          return <li key={term}>{say('routes.termPoints', { what, points: short(known.points, 1) })}</li>;
        })}
      </ul>
    </details>
  );
}

/** What a point is: the weights that the community has set. */
export function RankingWeightsNote() {
  const { say, money } = useWords();
  const community = useWorld((world) => world.community);
  const currency = useCurrency();
  const weights = community?.rulePack.ranking ?? defaultRankingWeights;
  return (
    <p className="small soft">
      {say('routes.weights', {
        distance: weights.distancePer100Km,
        queue: weights.queuePerHour,
        cost: weights.costPer100Minor,
        money: money(MINOR_WEIGHED, currency),
        ...{ share: weights.share, failures: weights.failures, emptyRoom: weights.emptyRoom },
      })}
    </p>
  );
}

function useCurrency(): string {
  return useWorld((world) => world.community?.rulePack.currency ?? 'EUR');
}

function termWords(
  term: RankingTerm,
  measure: number,
  currency: string,
  { say, short, percent, money }: Words,
): string {
  switch (term) {
    case 'distance':
      return say('routes.term.distance', { km: short(measure, 1) });
    case 'queue':
      return say('routes.term.queue', { count: measure });
    case 'cost':
      return say('routes.term.cost', { money: money(String(measure), currency) });
    case 'share':
      return say('routes.term.share', { percent: percent(measure) });
    case 'failures':
      return say('routes.term.failures', { percent: percent(measure) });
    case 'emptyRoom':
      return say('routes.term.emptyRoom', { percent: percent(measure) });
  }
}

import type { RankingWeights } from '#contract/manufacturing.ts';
import type { Context, Draft } from '../fact.ts';
import { hasSameContent } from '../same-content.ts';
import { type CommonsState, knownCommunity, knownRulePack } from '../state.ts';
import { adoptRulePack } from './found-community.ts';

/**
 * The community decides by what machines are ranked for a job: it adopts its rules anew, one version higher, with these
 * weights. The same weights again change nothing.
 */
export function setRanking(
  state: CommonsState,
  { ranking }: { ranking: RankingWeights },
  context: Context,
): Draft[] {
  const newest = knownRulePack(state);
  if (hasSameContent(newest.ranking, ranking)) return [];
  const rulePack = { ...newest, version: newest.version + 1, ranking };
  return adoptRulePack(state, { community: knownCommunity(state), rulePack }, context);
}

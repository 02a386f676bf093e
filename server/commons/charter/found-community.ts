import type { RulePack } from '#contract/entries.ts';
import { AppError } from '../../errors.ts';
import { joinAgent } from '../agents/join-agent.ts';
import { type Context, type Draft, draft, streams } from '../fact.ts';
import { hasSameContent } from '../same-content.ts';
import { type CommonsState, FUND } from '../state.ts';

export interface FoundCommunity {
  community: string;
  name: string;
  rulePack: RulePack;
}

/**
 * A community begins: itself and its common fund join as agents, and it adopts its first rules. Repeated with the
 * same rules it changes nothing; with a later version it adopts that one.
 * @throws AppError `charter.rules-changed` where a published version would get other content,
 *   `charter.other-community` where the ledger belongs to another community.
 */
export function foundCommunity(
  state: CommonsState,
  { community, name, rulePack }: FoundCommunity,
  context: Context,
): Draft[] {
  refuseOtherCommunity(state, community);
  return [
    ...joinAgent(state, { agent: community, kind: 'community', name }, context),
    ...joinAgent(state, { agent: FUND, kind: 'fund', name: 'Common fund' }, context),
    ...adoptRulePack(state, { community, rulePack }, context),
  ];
}

function refuseOtherCommunity({ charter }: CommonsState, community: string): void {
  if (charter.community !== undefined && charter.community !== community)
    throw new AppError('conflict', `This ledger belongs to the community "${charter.community}".`, {
      code: 'charter.other-community',
    });
}

/** The last step of founding, and the only one when rules change. */
export function adoptRulePack(
  state: CommonsState,
  { community, rulePack }: { community: string; rulePack: RulePack },
  context: Context,
): Draft[] {
  refuseOtherCommunity(state, community);
  if (rulePack.designBasisPoints + rulePack.fundBasisPoints >= 10_000)
    throw new AppError(
      'bad-input',
      'Design and fund together must leave something of the price to the labs.',
      {
        code: 'charter.nothing-for-labs',
      },
    );
  const { charter } = state;
  const newest = charter.rulePacks.at(-1);
  const same = charter.rulePacks.find((pack) => pack.version === rulePack.version);
  if (same !== undefined && hasSameContent(same, rulePack)) return [];
  if (newest !== undefined && (rulePack.version <= newest.version || rulePack.currency !== newest.currency))
    throw new AppError(
      'conflict',
      `Version ${newest.version} of the rules is published. Changed rules need a higher version and the same currency.`,
      { code: 'charter.rules-changed', details: { version: newest.version } },
    );
  return [draft('rulepack.adopted', streams.community(community), context.newId(), { community, rulePack })];
}

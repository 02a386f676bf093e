import type { RulePack } from '#contract/entries.ts';
import type { RecordedEntry } from '../fact.ts';

/** Who shares this ledger, and by which rules, newest last. An order keeps to the rules of its own day. */
export interface Charter {
  community: string | undefined;
  rulePacks: RulePack[];
}

export function evolveCharter(charter: Charter, { body }: RecordedEntry): void {
  if (body.type !== 'rulepack.adopted') return;
  charter.community = body.data.community;
  charter.rulePacks.push(body.data.rulePack);
}

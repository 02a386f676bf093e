import { adoptRulePack } from '../charter/found-community.ts';
import type { RecordedEntry } from '../fact.ts';
import type { CommonsState } from '../state.ts';
import { askAgain, type Fault } from './audited-entry.ts';

export function charterFault(state: CommonsState, entry: RecordedEntry): Fault {
  const { body } = entry;
  if (body.type !== 'rulepack.adopted') return undefined;
  if (state.agents.get(body.data.community)?.kind !== 'community')
    return `there is no community "${body.data.community}" that could adopt rules`;
  return askAgain(entry, (context) => adoptRulePack(state, body.data, context));
}

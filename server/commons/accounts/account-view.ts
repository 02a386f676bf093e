import type { AccountView } from '#contract/views.ts';
import type { Agent } from '../agents/agents.ts';
import type { CommonsState } from '../state.ts';
import { accountOf, balanceOf } from './accounts.ts';

/** Nobody has an account in money before the community has adopted its rules: until then the currency is empty. */
export function accountView(state: CommonsState, { agent, name, kind }: Agent): AccountView {
  const account = accountOf(state.accounts, agent);
  return {
    ...{ agent, name, kind },
    balanceMinor: String(balanceOf(account)),
    receivedMinor: String(account.receivedMinor),
    paidMinor: String(account.paidMinor),
    currency: state.charter.rulePacks.at(-1)?.currency ?? '',
  };
}

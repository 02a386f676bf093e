import type { EconomicEvent, EntryData } from '#contract/entries.ts';
import type { Quantity } from '#contract/quantities.ts';
import { sumOfAccounts } from '../accounts/sum-of-accounts.ts';
import type { CommonsState } from '../state.ts';
import type { Fault } from './audited-entry.ts';

type Income = EntryData<'income.received'>;
type Run = EntryData<'distribution.run'>;

/** The whole price, from who ordered to the community. */
export function incomeFault(wanted: Income, { event }: Income): Fault {
  if (
    event.money?.minor !== wanted.event.money?.minor ||
    event.money?.currency !== wanted.event.money?.currency
  )
    return 'what is received is not the price of the order';
  return isSameTransfer(wanted.event, event) ? undefined : 'it does not go from who ordered to the community';
}

/** What is shared is what was received, by the published rule, and what moves is what is shared. */
export function runFault(wanted: Run, run: Run): Fault {
  const { income, shares, events } = run;
  if (run.rulePackVersion !== wanted.rulePackVersion)
    return 'it shares by other rules than those of the order';
  if (income.minor !== wanted.income.minor || income.currency !== wanted.income.currency)
    return 'what is shared is not the price of the order';
  const sum = shares.reduce((total, { minor }) => total + BigInt(minor), 0n);
  if (sum !== BigInt(income.minor)) return `the shares add up to ${sum}, not to ${income.minor}`;
  const isRule =
    shares.length === wanted.shares.length &&
    shares.every(({ agent, reason, minor }, at) => {
      const share = wanted.shares[at];
      return share?.agent === agent && share.reason === reason && share.minor === minor;
    });
  if (!isRule) return 'the shares are not those that the rules give';
  const isMoved =
    events.length === wanted.events.length &&
    events.every((event, at) => {
      const transfer = wanted.events[at];
      return transfer !== undefined && isSameTransfer(transfer, event);
    });
  return isMoved ? undefined : 'the transfers are not those of the shares';
}

/** Asked when an entry has been folded: money moves between accounts and is never made or lost. */
export function conservationFault(state: CommonsState): Fault {
  const sum = sumOfAccounts(state);
  return sum === 0n ? undefined : `all accounts together come to ${sum} instead of nothing`;
}

export function sameQuantity(
  one: Quantity | undefined,
  other: Quantity | undefined,
  amounts: 'these amounts' | 'any amount',
): boolean {
  if (one?.unit !== other?.unit) return false;
  return amounts === 'any amount' || one?.value === other?.value;
}

function isSameTransfer(wanted: EconomicEvent, event: EconomicEvent): boolean {
  return (
    event.action === wanted.action &&
    event.provider === wanted.provider &&
    event.receiver === wanted.receiver &&
    event.money?.minor === wanted.money?.minor &&
    event.money?.currency === wanted.money?.currency
  );
}

import type { AccountView } from '#contract/views.ts';

/** The sum of all balances in minor units, by currency. Zero, or the ledger is wrong. */
export function sumOfAccounts(
  accounts: readonly Pick<AccountView, 'balanceMinor' | 'currency'>[],
): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { balanceMinor, currency } of accounts)
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(balanceMinor));
  return sums;
}

import type { CommonsState } from '../state.ts';
import { balanceOf } from './accounts.ts';

/** Always 0n: money moves between accounts and is never made or lost. */
export function sumOfAccounts(state: CommonsState): bigint {
  let sum = 0n;
  for (const account of state.accounts.values()) sum += balanceOf(account);
  return sum;
}

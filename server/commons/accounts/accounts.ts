import type { EconomicEvent } from '#contract/entries.ts';
import type { RecordedEntry } from '../fact.ts';

/** Money that an agent was given and gave, in minor units. What is given is received, so all accounts sum to zero. */
export interface Account {
  readonly receivedMinor: bigint;
  readonly paidMinor: bigint;
}

export type Accounts = Map<string, Account>;

export function evolveAccounts(accounts: Accounts, { body }: RecordedEntry): void {
  if (body.type === 'income.received') transfer(accounts, body.data.event);
  else if (body.type === 'distribution.run') for (const event of body.data.events) transfer(accounts, event);
}

export function balanceOf(account: Account): bigint {
  return account.receivedMinor - account.paidMinor;
}

export function accountOf(accounts: Accounts, agent: string): Account {
  return accounts.get(agent) ?? { receivedMinor: 0n, paidMinor: 0n };
}

function transfer(accounts: Accounts, event: EconomicEvent): void {
  if (event.action !== 'transfer' || event.money === undefined) return;
  const minor = BigInt(event.money.minor);
  const provider = accountOf(accounts, event.provider);
  accounts.set(event.provider, { ...provider, paidMinor: provider.paidMinor + minor });
  const receiver = accountOf(accounts, event.receiver);
  accounts.set(event.receiver, { ...receiver, receivedMinor: receiver.receivedMinor + minor });
}

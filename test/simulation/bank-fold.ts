import { fromUtf8, utf8 } from '#contract/bytes.ts';
import { AppError } from '../../server/errors.ts';
import type { Fold } from '../../server/ledger/fold.ts';

/** Accounts with amounts that may be moved and never made: the smallest thing whose books must balance. */
export type Bank = Map<string, number>;

export const ACCOUNTS = ['ada', 'ben', 'cleo', 'dia', 'emil'] as const;
const START_AMOUNT = 1_000;
export const ALL_THE_MONEY = ACCOUNTS.length * START_AMOUNT;

interface Transfer {
  from: string;
  to: string;
  amount: number;
}

export const bankFold: Fold<Bank> = {
  version: 'bank/1',
  initial: () => new Map(ACCOUNTS.map((name) => [name, START_AMOUNT])),
  evolve(bank, { body }) {
    const { from, to, amount } = transferIn(body.data);
    bank.set(from, (bank.get(from) ?? 0) - amount);
    bank.set(to, (bank.get(to) ?? 0) + amount);
  },
  fork(base) {
    const state = new Map(base);
    return {
      state,
      keep(into) {
        for (const [name, amount] of state) into.set(name, amount);
      },
    };
  },
  encode: (bank) => utf8(JSON.stringify([...bank])),
  decode: (bytes) => new Map(JSON.parse(fromUtf8(bytes)) as [string, number][]),
};

/** Moves an amount, or refuses where there is not enough. */
export function transfer(bank: Bank, id: string, { from, to, amount }: Transfer) {
  if ((bank.get(from) ?? 0) < amount)
    throw new AppError('conflict', `${from} has not enough.`, { code: 'bank.not-enough' });
  return [{ id, stream: `account/${from}`, type: 'money.moved', data: { from, to, amount } }];
}

function transferIn(data: Record<string, unknown>): Transfer {
  return { from: String(data.from), to: String(data.to), amount: Number(data.amount) };
}

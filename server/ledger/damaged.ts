import { AppError } from '../errors.ts';

/** What the store gives back is not what was written. Nobody may sign it, and nobody can mend it but from a copy. */
export function damaged(what: string): AppError {
  return new AppError(
    'unavailable',
    `The ledger is not what was written: ${what}. Nothing more will be signed; restore the newest copy of the data.`,
    { code: 'ledger.damaged' },
  );
}

import type { LedgerPort } from '../commons/ledger-port.ts';
import type { Ordering } from './ordering.ts';

/**
 * Evaluates every design once with its initial values, so that the gallery is quick for its first visitor; what was
 * evaluated before costs nothing. From the end of the alphabet, as the demonstration orders.
 */
export async function evaluateAhead(ledger: LedgerPort, ordering: Ordering): Promise<void> {
  // A design that cannot be evaluated says so to whoever looks at it; the server may also be stopping.
  for (const design of [...ledger.state().designs.keys()].sort().reverse())
    await ordering.quote({ design, parameters: {}, quantity: 1 }).catch(() => undefined);
}

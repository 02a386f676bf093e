import { fromBase64Url, utf8 } from '#contract/bytes.ts';
import { signingBytes } from '#contract/log-entry.ts';
import type { SignedEntry } from '#contract/signed-entries.ts';
import { verifyOnAllCores } from '../../../server/ledger/signature-threads.ts';
import { fixedKey } from '../../support/fixed-keys.ts';
import { signedContribution } from '../../support/signed-contributions.ts';

/** How long a primitive is measured. */
const MEASURED_MS = 1_500;
/** As many at once as keep every thread of Node's pool busy. */
const AT_ONCE = 256;

export const ada = fixedKey('ada');

export function contributions(count: number): SignedEntry[] {
  return Array.from({ length: count }, () => signedContribution(ada));
}

/** Ed25519 verifications a second on all cores, of messages like the ones that the ledger gets. */
export async function verifyRate(): Promise<number> {
  const items = contributions(AT_ONCE).map(({ body, sigs }) => ({
    publicKey: ada.publicKey,
    message: signingBytes(body),
    signature: fromBase64Url(sigs[0]?.sig ?? ''),
  }));
  const round = () => verifyOnAllCores(items);
  await round();
  let done = 0;
  const startedMs = performance.now();
  // Two rounds under way, so that the threads never wait for this one.
  const keepGoing = async () => {
    while (performance.now() - startedMs < MEASURED_MS) {
      const verdicts = await round();
      done += verdicts.length;
    }
  };
  await Promise.all([keepGoing(), keepGoing()]);
  return done / ((performance.now() - startedMs) / 1_000);
}

/** A request for `POST /log/entries`, ready to be sent. */
export function requestOf(entries: readonly SignedEntry[]): Uint8Array {
  return utf8(JSON.stringify({ entries }));
}

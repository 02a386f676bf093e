import { sha256, verifyEd25519 } from '../ledger/node-crypto.ts';
import { SIGNATURE_THREADS, verifyOnAllCores } from '../ledger/signature-threads.ts';
import type { VerifierTools } from '../verification/tools.ts';

/** What the verifier needs, by Node's own library: hashes on the spot, signatures on all cores. */
export const nodeVerifierTools: VerifierTools = {
  sha256,
  verify: verifyEd25519,
  verifyMany: verifyOnAllCores,
  batchesAtOnce: 2 * SIGNATURE_THREADS,
};

import { fromUtf8 } from '#contract/bytes.ts';
import type { NoteKey } from '#contract/signed-note.ts';
import type { ConsistencyProof, Cosigners } from '../ledger/published-log.ts';
import type { Storage } from '../storage/storage.ts';
import { readPolicyFile } from './open-witness.ts';
import { publishedPolicy } from './published-policy.ts';
import { createWitnessClient } from './witness-client.ts';

/**
 * The witnesses of a server's own log, as the ledger uses them.
 * @param parts.policyFile its `witness` lines with addresses are asked; groups and quorum are published as they are
 * @throws AppError `bad-input` where the file cannot be read.
 */
export function openCosigners(parts: {
  policyFile: string;
  log: NoteKey;
  storage: Storage;
  fetch: typeof fetch;
  nowMs: () => number;
  after: (delayMs: number, call: () => void) => unknown;
  pause: (delayMs: number) => Promise<void>;
  say: (sentence: string) => void;
}): Cosigners {
  const { log, storage } = parts;
  const policy = readPolicyFile(parts.policyFile, 'WITNESSES');
  let proof: ConsistencyProof = () => Promise.reject(new Error('the ledger is not open yet'));
  let newest: { note: string; late: (lines: readonly string[]) => void } | undefined;
  const client = createWitnessClient({
    ...{
      policy,
      origin: log.name,
      fetch: parts.fetch,
      nowMs: parts.nowMs,
      after: parts.after,
      pause: parts.pause,
      log: parts.say,
    },
    proof: (from, to) => proof(from, to),
    newest: async () => {
      const found = await storage.last('cp/');
      return found && fromUtf8(found.value);
    },
    late: (note, lines) => {
      if (newest?.note === note) newest.late(lines);
    },
  });
  return {
    policy: publishedPolicy(log, policy),
    guard(head, proofOf) {
      proof = proofOf;
      return client.guard(head);
    },
    cosign(note, proofOf, late) {
      proof = proofOf;
      newest = { note, late };
      return client.cosign(note);
    },
  };
}

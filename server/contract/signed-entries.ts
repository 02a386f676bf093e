import { z } from 'zod';
import { EntryBody, EntrySignature, SIGNATURES_MAX } from './log-entry.ts';

/** `POST /log/entries`: entries that their authors made and signed elsewhere. */

/** Entries of one request: as many as a tile holds. */
export const SIGNED_ENTRIES_MAX = 256;

/** What an author signs, with the signatures over it. The log keeps them, and adds none where they suffice. */
export const SignedEntry = z.strictObject({
  body: EntryBody,
  sigs: z
    .array(EntrySignature)
    .min(1)
    .max(SIGNATURES_MAX - 1),
});
export type SignedEntry = z.infer<typeof SignedEntry>;

/**
 * Each entry is accepted or refused for itself. The same entry again gives the same answer; whoever lost an answer sends
 * the request once more.
 */
export const AppendEntries = z.strictObject({ entries: z.array(SignedEntry).min(1).max(SIGNED_ENTRIES_MAX) });
export type AppendEntries = z.infer<typeof AppendEntries>;

/** What became of one entry of the request. */
export const AppendResult = z.union([
  z.strictObject({
    id: z.string(),
    index: z.int(),
    /** In base64url. */
    leafHash: z.string(),
  }),
  z.strictObject({ id: z.string(), refused: z.strictObject({ code: z.string(), detail: z.string() }) }),
]);
export type AppendResult = z.infer<typeof AppendResult>;

/** `durable`: no crash takes them back. `published`: the checkpoint, which is added then, covers them. */
export const EntriesAppended = z.strictObject({
  acknowledged: z.enum(['durable', 'published']),
  results: z.array(AppendResult),
  checkpoint: z.string().optional(),
});
export type EntriesAppended = z.infer<typeof EntriesAppended>;

import { z } from 'zod';

/** `sha256:` and 64 hex digits: content is addressed by what it is, never by where it lies. */
export const ContentHash = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'a content hash is sha256: and 64 hex digits');
export type ContentHash = z.infer<typeof ContentHash>;

/** Made by whoever issues the command, before it is sent, so that a repeated command is recognised. */
export const Id = z.uuid();
export type Id = z.infer<typeof Id>;

/** A whole number written in decimal digits: entries carry no floating point. */
export const IntegerText = z.string().regex(/^-?(0|[1-9][0-9]{0,17})$/, 'a whole number in decimal digits');

/** A measured amount as a ValueFlows measure, e.g. `{ value: "18250", unit: "mg" }`. */
export const Quantity = z.strictObject({
  value: IntegerText,
  unit: z.enum(['mg', 'mm2', 's', 'sheet', 'one']),
});
export type Quantity = z.infer<typeof Quantity>;

/** Money in the minor unit of its currency: `{ minor: "5180", currency: "EUR" }` is 51.80 EUR. */
export const Money = z.strictObject({ minor: IntegerText, currency: z.string().regex(/^[A-Z]{3}$/) });
export type Money = z.infer<typeof Money>;

/** Milliseconds since 1970 in UTC. */
export const TimeMs = z.int().nonnegative();

import { z } from 'zod';
import { DesignPackage, DesignReport, DesignSummary, Parameters } from './design.ts';
import { Price, Share } from './entries.ts';
import { Candidate, Position, RankingWeights, Refusal, Slug, StockLot } from './manufacturing.ts';
import { ContentHash, Id } from './quantities.ts';
import { DesignView } from './views.ts';

/** Bodies of the web interface under `/api`. Errors are RFC 9457 problem details. */

/** `application/problem+json`. `code` and `details` let a page say it in the reader's language. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** `POST /api/designs`: publish a version. The name in `okh.toml` decides the design; an identical version is not published again. */
export const PublishDesign = z.strictObject({ id: Id, package: DesignPackage });
export type PublishDesign = z.infer<typeof PublishDesign>;

/** `GET /api/designs/{design}` */
export const DesignDetail = z.object({ view: DesignView, summary: DesignSummary });
export type DesignDetail = z.infer<typeof DesignDetail>;

/** `POST /api/designs/{design}/evaluate` */
export const EvaluateDesign = z.strictObject({
  version: ContentHash.optional(),
  parameters: Parameters,
  quantity: z.int().min(1).max(1_000),
  /** Where it shall go, so that near labs come first. */
  destination: Position.optional(),
});
export type EvaluateDesign = z.infer<typeof EvaluateDesign>;

/** How one work piece would be routed now. */
export const RoutePreview = z.strictObject({
  title: z.string(),
  candidates: z.array(Candidate),
  refusals: z.array(Refusal),
});
export type RoutePreview = z.infer<typeof RoutePreview>;

export const Quote = z.object({
  version: ContentHash,
  report: DesignReport,
  quantity: z.int(),
  price: Price,
  shares: z.array(Share),
  routes: z.array(RoutePreview),
});
export type Quote = z.infer<typeof Quote>;

/** `POST /api/orders` → 201 with `{ order }`. Repeating the same `id` gives the same order. */
export const PlaceOrder = z.strictObject({
  id: Id,
  design: Slug,
  version: ContentHash.optional(),
  parameters: Parameters,
  quantity: z.int().min(1).max(1_000),
  /** Rounded to a hundredth of a degree before it is written, since the ledger is public. */
  destination: Position.optional(),
});
export type PlaceOrder = z.infer<typeof PlaceOrder>;

/** `POST /api/orders/{order}/cancel` */
export const CancelOrder = z.strictObject({ reason: z.string().min(1).max(300) });
export type CancelOrder = z.infer<typeof CancelOrder>;

/** `POST /api/jobs/{job}/{action}`: take, decline, clear-bed, pause, resume, cancel, resolve, release, reopen. */
export const JobCommand = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('take'), lab: Slug, machine: Slug }),
  z.strictObject({
    action: z.literal('decline'),
    reason: z.string().min(1).max(300),
    /** For a wanted job: the machine that shall not be asked. One that is offered or taken has its machine. */
    lab: Slug.optional(),
    machine: Slug.optional(),
  }),
  z.strictObject({ action: z.literal('clear-bed') }),
  z.strictObject({ action: z.literal('pause') }),
  z.strictObject({ action: z.literal('resume') }),
  z.strictObject({ action: z.literal('cancel'), reason: z.string().min(1).max(300) }),
  z.strictObject({
    action: z.literal('resolve'),
    outcome: z.enum(['made', 'failed']),
    note: z.string().min(1).max(300),
  }),
  /** A failed job becomes wanted again, by a person's word. */
  z.strictObject({ action: z.literal('reopen'), reason: z.string().min(1).max(300) }),
]);
export type JobCommand = z.infer<typeof JobCommand>;

/** `POST /api/labs` → 201 with the lab's bridge key, shown this once. */
export const OpenLab = z.strictObject({
  lab: Slug,
  name: z.string().min(1).max(120),
  place: z.string().max(120),
  position: Position.optional(),
  consent: z.enum(['automatic', 'by-hand']),
  bedClear: z.enum(['automatic', 'by-hand']),
});
export type OpenLab = z.infer<typeof OpenLab>;

export const LabOpened = z.object({ lab: Slug, bridgeKey: z.string(), mqttUrl: z.string() });
export type LabOpened = z.infer<typeof LabOpened>;

/** `POST /api/community/ranking`: the community adopts its rules anew, with these weights. */
export const SetRanking = z.strictObject({ ranking: RankingWeights });
export type SetRanking = z.infer<typeof SetRanking>;

/** `POST /api/labs/{lab}/stock` */
export const CountStock = z.strictObject({ lots: z.array(StockLot).max(100) });
export type CountStock = z.infer<typeof CountStock>;

/** `POST /api/labs/{lab}/revoke-bridge`: its key ends for good; opening the lab again issues one for a new bridge. */
export const RevokeBridge = z.strictObject({ reason: z.string().min(1).max(300) });
export type RevokeBridge = z.infer<typeof RevokeBridge>;

/** `POST /api/labs/{lab}/machines/{machine}/clear-fault` has no body. */

/** `POST /api/agents/{agent}/keys`: a person's public key, as did:key of an Ed25519 key. `id` becomes the entry's. */
export const EnrolKey = z.strictObject({ id: Id, key: z.string().max(80) });
export type EnrolKey = z.infer<typeof EnrolKey>;

/** `POST /api/agents/{agent}/keys/revoke` */
export const RevokeKey = z.strictObject({
  id: Id,
  key: z.string().max(80),
  reason: z.string().min(1).max(300),
});
export type RevokeKey = z.infer<typeof RevokeKey>;

/** A key counts for entries after the one that enrolled it and before the one that ended it. */
export const KeyView = z.strictObject({
  key: z.string(),
  purpose: z.enum(['bridge', 'person', 'server']),
  enrolledAt: z.int(),
  endedAt: z.int().optional(),
});
export type KeyView = z.infer<typeof KeyView>;

/** `GET /api/entries/{index}`: one entry with what a page needs to check it. */
export const EntryProof = z.object({
  index: z.int(),
  /** The leaf exactly as it was hashed. */
  leaf: z.string(),
  size: z.int(),
  /** Base64 SHA-256 hashes, leaf's sibling first. */
  hashes: z.array(z.string()),
  /** The signed note that commits to `size`. */
  checkpoint: z.string(),
});
export type EntryProof = z.infer<typeof EntryProof>;

/** `GET /api/ledger` */
export const LedgerHead = z.object({
  size: z.int(),
  root: z.string(),
  origin: z.string(),
  verifierKey: z.string(),
  checkpoint: z.string(),
});
export type LedgerHead = z.infer<typeof LedgerHead>;

/** `PUT /api/blobs/{hash}` (a bridge's prepared program) and `GET /api/blobs/{hash}`. */
export const BLOB_BYTES_MAX = 64 * 1024 * 1024;

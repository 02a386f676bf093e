import { type EntryData, type EntryType, entryData, isEntryType } from '#contract/entries.ts';

/** Clock and names come from outside, so that a rule gives the same entries for the same arguments. */
export interface Context {
  /** Milliseconds since 1970 in UTC. */
  readonly nowMs: number;
  /** A fresh UUID. */
  newId(): string;
}

export interface Signature {
  kid: string;
  sig: string;
}

export interface DraftOf<Type extends EntryType> {
  id: string;
  stream: string;
  type: Type;
  data: EntryData<Type>;
  sigs?: Signature[];
  /** It is the word of those who have signed it, which the server need not sign as well. */
  standsAlone?: true;
}

/** An entry that a rule wants appended: not yet numbered, timed or committed. */
export type Draft = { [Type in EntryType]: DraftOf<Type> }[EntryType];

interface BodyOf<Type extends EntryType> {
  id: string;
  stream: string;
  type: Type;
  v: number;
  data: EntryData<Type>;
}

/** An entry as the ledger keeps it: perhaps of a type that a later version of the program made. */
export interface LoggedEntry {
  readonly index: number;
  readonly body: { id: string; stream: string; type: string; v: number; data: Record<string, unknown> };
  /** `time` in milliseconds since 1970, as the log states it. */
  readonly log: { time: number };
}

/** An entry whose data these rules understand. */
export interface RecordedEntry extends LoggedEntry {
  readonly body: { [Type in EntryType]: BodyOf<Type> }[EntryType];
}

/** Version of every type's data that these rules read and write. */
const DATA_VERSION = 1;

/** Whether these rules understand an entry; others are left alone, so that older programs can follow a newer log. */
export function isRecorded(entry: LoggedEntry): entry is RecordedEntry {
  const { type, v, data } = entry.body;
  return v === DATA_VERSION && isEntryType(type) && entryData[type].safeParse(data).success;
}

/** Whether data from outside is that of a type. */
export function isDataOf<Type extends EntryType>(type: Type, data: unknown): data is EntryData<Type> {
  return entryData[type].safeParse(data).success;
}

/**
 * Makes an entry's draft and checks its data against the contract.
 * @throws ZodError where a rule made data that the contract does not allow: a fault of the rule, not of a person.
 */
export function draft<Type extends EntryType>(
  type: Type,
  stream: string,
  id: string,
  data: EntryData<Type>,
): DraftOf<Type> {
  entryData[type].parse(data);
  return { id, stream, type, data };
}

/** Checks drafts that were made without. @throws ZodError as `draft` does. */
export function checkedDrafts(drafts: Draft[]): Draft[] {
  for (const { type, data } of drafts) entryData[type].parse(data);
  return drafts;
}

/** One stream for each thing. */
export const streams = {
  agent: (agent: string) => `agent/${agent}`,
  community: (community: string) => `community/${community}`,
  design: (design: string) => `design/${design}`,
  lab: (lab: string) => `lab/${lab}`,
  order: (order: string) => `order/${order}`,
  job: (job: string) => `job/${job}`,
} as const;

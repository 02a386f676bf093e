import type { EntryData } from '#contract/entries.ts';
import type { MachineDescription, StockLot } from '#contract/manufacturing.ts';
import { AppError } from '../../errors.ts';
import { isEnrolled } from '../agents/enrol-key.ts';
import { joinAgent } from '../agents/join-agent.ts';
import { requireUsableKey } from '../agents/keys.ts';
import { type Context, type Draft, draft, streams } from '../fact.ts';
import { hasSameContent } from '../same-content.ts';
import { type CommonsState, knownAgent, knownLab } from '../state.ts';

/**
 * Opens a lab, which joins as an agent with an account of its own. Opening it again in the same words changes nothing.
 * @throws AppError `lab.taken` where a lab of this id has another name, place or way of consenting.
 */
export function openLab(state: CommonsState, command: EntryData<'lab.opened'>, context: Context): Draft[] {
  const { lab, name, place, position, consent, bedClear, by } = command;
  const there = state.labs.get(lab);
  if (there !== undefined) {
    const wanted = { name, place, position, consent, bedClear };
    const has = {
      ...{ name: there.name, place: there.place, position: there.position },
      ...{ consent: there.consent, bedClear: there.bedClear },
    };
    if (hasSameContent(wanted, has)) return [];
    throw new AppError('conflict', `There is already a lab "${lab}" (${there.name}). Choose another id.`, {
      code: 'lab.taken',
      details: { lab, name: there.name },
    });
  }
  const joined = joinAgent(state, { agent: lab, kind: 'lab', name }, context);
  // The demonstration lab may open itself.
  if (by !== lab) knownAgent(state, by);
  return [...joined, draft('lab.opened', streams.lab(lab), context.newId(), command)];
}

/**
 * Tells which key the lab's bridge signs with from now on; the key of the bridge before ends.
 * @throws AppError `key.unusable`, `key.taken`, `key.revoked`
 */
export function pairBridge(
  state: CommonsState,
  command: EntryData<'bridge.paired'>,
  context: Context,
): Draft[] {
  const { lab, key } = command;
  if (knownLab(state, lab).bridgeKey === key) return [];
  requireUsableKey(key);
  if (isEnrolled(state, { agent: lab, key, purpose: 'bridge' })) return [];
  return [draft('bridge.paired', streams.lab(lab), context.newId(), { lab, key })];
}

/** The lab's bridge speaks for it no more, and its key cannot come back. Without a bridge nothing changes. */
export function revokeBridge(
  state: CommonsState,
  { lab, by, reason }: { lab: string; by: string; reason: string },
  context: Context,
): Draft[] {
  const { bridgeKey: key } = knownLab(state, lab);
  knownAgent(state, by);
  if (key === undefined) return [];
  return [draft('bridge.revoked', streams.lab(lab), context.newId(), { lab, key, by, reason })];
}

/** A bridge describes a machine: a new one is added, a known one changes only where the description differs. */
export function describeMachine(
  state: CommonsState,
  { lab, description }: { lab: string; description: MachineDescription },
  context: Context,
): Draft[] {
  const there = knownLab(state, lab).machines.get(description.machine);
  if (there !== undefined && hasSameContent(there.description, description)) return [];
  const type = there === undefined ? 'machine.added' : 'machine.changed';
  return [draft(type, streams.lab(lab), context.newId(), { lab, description })];
}

/** Replaces the lab's whole stock, unless a count of the same moment or a later one is known. */
export function countStock(
  state: CommonsState,
  { lab, lots, countedAt }: { lab: string; lots: StockLot[]; countedAt: number },
  context: Context,
): Draft[] {
  if (countedAt <= knownLab(state, lab).countedAtMs) return [];
  return [draft('stock.counted', streams.lab(lab), context.newId(), { lab, lots, countedAt })];
}

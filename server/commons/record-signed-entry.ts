import { AppError } from '../errors.ts';
import { validKey } from './agents/keys.ts';
import { logContribution } from './contributions/log-contribution.ts';
import type { Context, Draft, Signature } from './fact.ts';
import { BRIDGE_FACT_TYPES, recordBridgeFact } from './jobs/record-bridge-fact.ts';
import type { CommonsState } from './state.ts';

/** What somebody outside has signed. */
export interface SignedEntry {
  readonly body: {
    readonly id: string;
    readonly stream: string;
    readonly type: string;
    readonly v: number;
    readonly data: Record<string, unknown>;
  };
  readonly sigs: readonly Signature[];
}

type Rule = (state: CommonsState, entry: SignedEntry, context: Context) => Draft[];

/** Whose word each type is. Every other type is the server's own to write. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['contribution.logged', logContribution],
  ...BRIDGE_FACT_TYPES.map((type) => [type, recordOwnFact] as const),
]);

/**
 * Records a body that its author has signed, with what follows from it. The caller has verified that each signature
 * is its key's over this body; whether the key may say so is judged here. An id that came before is recognised by
 * the ledger.
 * @throws AppError `entry.not-accepted` for a type or version that nobody outside may write, and what the rule of the
 *   type throws.
 */
export function recordSignedEntry(state: CommonsState, entry: SignedEntry, context: Context): Draft[] {
  const { type, v } = entry.body;
  const rule = v === 1 ? RULES.get(type) : undefined;
  if (rule === undefined)
    throw new AppError(
      'bad-input',
      `Entries of the type "${type}" (version ${v}) are not taken from outside.`,
      {
        code: 'entry.not-accepted',
        details: { type, v },
      },
    );
  return rule(state, entry, context);
}

/** A bridge speaks for the lab that it is paired with. */
function recordOwnFact(state: CommonsState, { body, sigs }: SignedEntry, context: Context): Draft[] {
  const [sig, ...more] = sigs;
  const lab = sig && validKey(state.keys, sig.kid, 'bridge')?.agent;
  if (sig === undefined || lab === undefined || more.length > 0)
    throw new AppError(
      'not-allowed',
      'What a machine did is signed by the bridge of its lab, and nobody else.',
      {
        code: 'bridge.wrong-key',
      },
    );
  return recordBridgeFact(state, { lab, body, sig, bridgeKey: sig.kid }, context);
}

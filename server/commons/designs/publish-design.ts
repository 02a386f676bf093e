import type { DesignSummary } from '#contract/design.ts';
import type { EntryData } from '#contract/entries.ts';
import { AppError } from '../../errors.ts';
import { agentForName } from '../agents/join-agent.ts';
import { type Context, type Draft, draft, streams } from '../fact.ts';
import { type CommonsState, knownAgent } from '../state.ts';
import { versionOf } from './designs.ts';

/** Each gets a share with every order; the entry that says so has to stay below the ledger's size of an entry. */
export const CONTRIBUTORS_MAX = 20;

export interface PublishDesign {
  /** Id of the entry, made by whoever publishes. */
  id: string;
  design: string;
  version: string;
  summary: DesignSummary;
  summaryHash: string;
  files: EntryData<'design.published'>['files'];
  by: string;
}

/**
 * Publishes a version of a design. Its contributors become agents where they are not yet, so that income can reach
 * them. A version that is published already changes nothing.
 * @throws AppError `design.too-many-contributors`.
 */
export function publishDesign(state: CommonsState, command: PublishDesign, context: Context): Draft[] {
  const { id, design, version, summary, summaryHash, files, by } = command;
  knownAgent(state, by);
  if (versionOf(state.designs, design, version) !== undefined) return [];
  if (summary.contributors.length > CONTRIBUTORS_MAX)
    throw new AppError(
      'too-much',
      `A design may name ${CONTRIBUTORS_MAX} contributors; this one names ${summary.contributors.length}. Name a group instead.`,
      { code: 'design.too-many-contributors', details: { most: CONTRIBUTORS_MAX } },
    );
  const { joined, contributors } = contributorsOf(state, summary, context);
  const number = (state.designs.get(design)?.versions.length ?? 0) + 1;
  const published = draft('design.published', streams.design(design), id, {
    ...{ design, version, number, by, contributors, files },
    name: summary.name,
    caption: summary.caption,
    licence: summary.licence,
    processes: summary.processes,
    summary: summaryHash,
  });
  return [...joined, published];
}

type Contributors = EntryData<'design.published'>['contributors'];

/** Weights of a contributor who is named twice are added. */
function contributorsOf(state: CommonsState, summary: DesignSummary, context: Context) {
  const joining = new Map<string, { name: string; kind: string }>();
  const joined: Draft[] = [];
  const contributors = new Map<string, Contributors[number]>();
  for (const { name, weight } of summary.contributors) {
    const { agent, isNew } = agentForName(name, (id) => state.agents.get(id) ?? joining.get(id));
    if (isNew) {
      joining.set(agent, { name, kind: 'person' });
      joined.push(
        draft('agent.joined', streams.agent(agent), context.newId(), { agent, kind: 'person', name }),
      );
    }
    const before = contributors.get(agent)?.weight ?? 0;
    contributors.set(agent, { agent, name, weight: before + weight });
  }
  return { joined, contributors: [...contributors.values()] };
}

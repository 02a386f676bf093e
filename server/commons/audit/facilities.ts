import type { EntryData } from '#contract/entries.ts';
import { versionOf } from '../designs/designs.ts';
import { countStock, describeMachine, openLab, pairBridge, revokeBridge } from '../facilities/open-lab.ts';
import type { RecordedEntry } from '../fact.ts';
import type { CommonsState } from '../state.ts';
import { askAgain, type Fault } from './audited-entry.ts';

/** Labs with their bridges, machines and stock. */
export function facilityFault(state: CommonsState, entry: RecordedEntry): Fault {
  const { body } = entry;
  switch (body.type) {
    case 'lab.opened':
      return askAgain(entry, (context) => openLab(state, body.data, context));
    case 'bridge.paired':
      return askAgain(entry, (context) => pairBridge(state, body.data, context));
    case 'bridge.revoked': {
      const { lab, key } = body.data;
      if (state.labs.get(lab)?.bridgeKey !== key) return `this is not the key of the bridge of ${lab}`;
      return askAgain(entry, (context) => revokeBridge(state, body.data, context));
    }
    case 'machine.added':
    case 'machine.changed':
      return askAgain(entry, (context) => describeMachine(state, body.data, context));
    case 'stock.counted':
      return askAgain(entry, (context) => countStock(state, body.data, context));
    default:
      return undefined;
  }
}

/** Designs: each version is published once, in the order of their numbers, by and for agents that there are. */
export function designFault(state: CommonsState, { body }: RecordedEntry): Fault {
  return body.type === 'design.published' ? publishedFault(state, body.data) : undefined;
}

function publishedFault({ agents, designs }: CommonsState, data: EntryData<'design.published'>): Fault {
  const { design, version, number, by, contributors } = data;
  if (!agents.has(by)) return `there is no agent "${by}"`;
  if (versionOf(designs, design, version) !== undefined) return 'this version was published before';
  const next = (designs.get(design)?.versions.length ?? 0) + 1;
  if (number !== next) return `it is version ${next} of the design, not ${number}`;
  const stranger = contributors.find(({ agent }) => !agents.has(agent));
  return stranger && `there is no agent "${stranger.agent}" who could have contributed`;
}

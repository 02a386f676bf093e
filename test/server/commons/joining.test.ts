import { describe, expect, it } from 'vitest';
import { joinAgent } from '../../../server/commons/agents/join-agent.ts';
import { defaultRulePack } from '../../../server/commons/charter/default-rule-pack.ts';
import { foundCommunity } from '../../../server/commons/charter/found-community.ts';
import { publishDesign } from '../../../server/commons/designs/publish-design.ts';
import { describeMachine, openLab, pairBridge } from '../../../server/commons/facilities/open-lab.ts';
import {
  BRIDGE_KEY,
  hashOf,
  keyOf,
  refusalCode,
  router,
  smallCommunity,
  stoolSummary,
} from './small-community.ts';

describe('a community', () => {
  it('is founded once, with its fund and its rules', () => {
    const there = smallCommunity();
    const found = (change: object = {}) => {
      const rulePack = { ...defaultRulePack, ...change };
      const wish = { community: 'community', name: 'Commons', rulePack };
      return there.do((context) => foundCommunity(there.state, wish, context));
    };
    expect(found()).toEqual([]);
    expect(there.state.agents.get('fund')?.kind).toBe('fund');
    expect(refusalCode(() => found({ workMinorPerJob: 1 }))).toBe('charter.rules-changed');
    expect(refusalCode(() => found({ version: 2, designBasisPoints: 9_500 }))).toBe(
      'charter.nothing-for-labs',
    );
    expect(found({ version: 2, workMinorPerJob: 1 })).toEqual(['rulepack.adopted']);
  });
});

describe('an agent', () => {
  it('joins once under a name that nobody else has', () => {
    const there = smallCommunity();
    const join = (name: string) =>
      there.do((context) => joinAgent(there.state, { agent: 'ada', kind: 'person', name }, context));
    expect(join('Ada')).toEqual(['agent.joined']);
    expect(join('Ada')).toEqual([]);
    expect(refusalCode(() => join('Adam'))).toBe('agent.taken');
  });
});

describe('publishing a design', () => {
  const publish = (there: ReturnType<typeof smallCommunity>, version: string, names: string[]) => {
    const contributors = names.map((name) => ({ name, weight: 10 }));
    const wish = {
      ...{ id: there.id(), design: 'stool', version: hashOf(version), by: 'visitor' },
      ...{ summary: { ...stoolSummary, contributors }, summaryHash: hashOf('summary') },
      files: [{ path: 'design.ts', hash: hashOf(version), bytes: 1 }],
    };
    return there.do((context) => publishDesign(there.state, wish, context));
  };
  const contributorsOf = (there: ReturnType<typeof smallCommunity>) =>
    there.state.designs
      .get('stool')
      ?.versions.at(-1)
      ?.contributors.map(({ agent, weight }) => `${agent} ${weight}`);

  it('numbers its versions and publishes each once', () => {
    const there = smallCommunity();
    expect(publish(there, 'second', ['Bo'])).toEqual(['design.published']);
    expect(publish(there, 'second', ['Bo'])).toEqual([]);
    expect(there.state.designs.get('stool')?.versions.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('lets contributors join, tells namesakes apart and adds the weights of who is named twice', () => {
    const there = smallCommunity();
    const names = ['Bo', 'José Núñez', 'Jose Nunez', 'Bo', '李明', 'Fund', 'Community'];
    const types = publish(there, 'second', names);
    expect(types).toEqual([...Array(5).fill('agent.joined'), 'design.published']);
    expect(contributorsOf(there)).toEqual([
      ...['bo 20', 'jose-nunez 10', 'jose-nunez-2 10', 'contributor 10', 'fund-2 10', 'community-2 10'],
    ]);
    publish(there, 'third', ['Jose Nunez']);
    expect(contributorsOf(there)).toEqual(['jose-nunez-2 10']);
  });

  it('names at most twenty contributors', () => {
    const names = Array.from({ length: 21 }, (_, at) => `Person ${at}`);
    const there = smallCommunity();
    expect(refusalCode(() => publish(there, 'second', names))).toBe('design.too-many-contributors');
  });
});

describe('a lab', () => {
  it('opens once, is paired with one bridge, and describes machines only when they change', () => {
    const there = smallCommunity();
    const { state } = there;
    const lab = { lab: 'lab', name: 'Riverside Lab', place: 'Riverside', by: 'visitor' } as const;
    const rules = { consent: 'automatic', bedClear: 'automatic' } as const;
    expect(there.do((context) => openLab(state, { ...lab, ...rules }, context))).toEqual([]);
    const other = { ...lab, ...rules, name: 'Hillside Lab' };
    expect(refusalCode(() => openLab(state, other, there.context))).toBe('lab.taken');
    const pair = (key: string) => there.do((context) => pairBridge(state, { lab: 'lab', key }, context));
    expect(pair(BRIDGE_KEY)).toEqual([]);
    expect(pair(keyOf('another bridge'))).toEqual(['bridge.paired']);
    const say = (name: string) => {
      const description = { ...router, name };
      return there.do((context) => describeMachine(state, { lab: 'lab', description }, context));
    };
    expect(say('CNC router')).toEqual([]);
    expect(say('The big one')).toEqual(['machine.changed']);
  });
});

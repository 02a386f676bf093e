import { describe, expect, it } from 'vitest';
import { enrolKey, revokeKey } from '../../../server/commons/agents/enrol-key.ts';
import { recordSignedEntry, type SignedEntry } from '../../../server/commons/record-signed-entry.ts';
import { BRIDGE_KEY, keyOf, refusalCode, type SmallCommunity, smallCommunity } from './small-community.ts';

const PHONE = keyOf('phone');
const sigBy = (kid: string) => ({ kid, sig: 'c2ln' });

function withPhone(): SmallCommunity {
  const there = smallCommunity();
  const wish = { agent: 'visitor', key: PHONE, purpose: 'person' } as const;
  there.do((context) => enrolKey(there.state, wish, context));
  return there;
}

function contribution(there: SmallCommunity, change: { body?: object; data?: object; event?: object } = {}) {
  const event = {
    ...{ id: there.id(), action: 'work', provider: 'visitor', receiver: 'community' },
    ...{ effortQuantity: { value: '7200', unit: 's' }, hasPointInTime: 1, ...change.event },
  };
  const data = { agent: 'visitor', event, mode: 'gift', note: 'Swept the workshop', ...change.data };
  return { id: there.id(), stream: 'agent/visitor', type: 'contribution.logged', v: 1, data, ...change.body };
}

const record = (there: SmallCommunity, body: SignedEntry['body'], sigs = [sigBy(PHONE)]) =>
  there.do((context) => recordSignedEntry(there.state, { body, sigs }, context));

describe('what somebody signs', () => {
  it('is kept in their own words when they say what they gave', () => {
    const there = withPhone();
    const body = contribution(there);
    const sigs = [sigBy(PHONE)];
    const drafts = recordSignedEntry(there.state, { body, sigs }, there.context);
    const { v: _v, ...said } = body;
    expect(drafts).toEqual([{ ...said, sigs, standsAlone: true }]);
    there.append(drafts);
    expect(there.state.agents.get('visitor')?.contributions).toBe(1);
  });

  it.each([
    ['money', { event: { money: { minor: '5', currency: 'EUR' } } }, 'entry.malformed'],
    ['a citation', { event: { action: 'cite' } }, 'entry.malformed'],
    ['what another gave', { event: { provider: 'lab' } }, 'entry.malformed'],
    ['a thing of another stream', { body: { stream: 'agent/lab' } }, 'entry.malformed'],
    ['too long a note', { data: { note: 'x'.repeat(501) } }, 'entry.malformed'],
    ['a price', { body: { type: 'income.received' } }, 'entry.not-accepted'],
    ['a later version', { body: { v: 2 } }, 'entry.not-accepted'],
  ])('cannot be %s', (_what, change, code) => {
    const there = withPhone();
    expect(refusalCode(() => record(there, contribution(there, change)))).toBe(code);
  });

  it('counts with keys of the one who says it only, as long as they are not revoked', () => {
    const there = withPhone();
    const say = (...kids: string[]) => refusalCode(() => record(there, contribution(there), kids.map(sigBy)));
    expect(say()).toBe('key.not-enrolled');
    expect(say(keyOf('a stranger'))).toBe('key.not-enrolled');
    expect(say(BRIDGE_KEY)).toBe('key.not-enrolled');
    expect(say(PHONE, keyOf('a stranger'))).toBe('key.not-enrolled');
    const wish = { agent: 'visitor', key: PHONE, reason: 'lost' };
    there.do((context) => revokeKey(there.state, wish, context));
    expect(say(PHONE)).toBe('key.not-enrolled');
  });

  it('is what a machine did when the bridge of its lab signs it, with what follows from it', () => {
    const there = withPhone();
    const job = there.placeStool().jobs[0] ?? '';
    there.start(job);
    const body = there.factBody(job, 'job.finished');
    expect(refusalCode(() => record(there, body))).toBe('bridge.wrong-key');
    const twice = [sigBy(BRIDGE_KEY), sigBy(PHONE)];
    expect(refusalCode(() => record(there, body, twice))).toBe('bridge.wrong-key');
    expect(record(there, body, [sigBy(BRIDGE_KEY)])[0]).toBe('job.finished');
    expect(there.phaseOf(job).state).toBe('made');
    expect(record(there, body, [sigBy(BRIDGE_KEY)])).toEqual([]);
  });
});

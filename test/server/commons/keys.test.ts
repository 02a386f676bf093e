import { describe, expect, it } from 'vitest';
import { toDidKey } from '#contract/did-key.ts';
import {
  enrolKey,
  KEYS_OF_AGENT_MAX,
  revokeKey,
  takeServerKey,
} from '../../../server/commons/agents/enrol-key.ts';
import { pairBridge, revokeBridge } from '../../../server/commons/facilities/open-lab.ts';
import {
  BRIDGE_KEY,
  keyOf,
  refusalCode,
  SERVER_KEY,
  type SmallCommunity,
  smallCommunity,
} from './small-community.ts';

const reason = 'lost';
const enrol = (there: SmallCommunity, key: string, agent = 'visitor') =>
  there.do((context) => enrolKey(there.state, { agent, key, purpose: 'person' }, context));
const revoke = (there: SmallCommunity, key: string, agent = 'visitor') =>
  there.do((context) => revokeKey(there.state, { agent, key, reason }, context));
const pair = (there: SmallCommunity, key: string) =>
  there.do((context) => pairBridge(there.state, { lab: 'lab', key }, context));
const take = (there: SmallCommunity, key: string) =>
  there.do((context) => takeServerKey(there.state, { community: 'community', key }, context));

describe('a key', () => {
  it('belongs to one agent and one purpose', () => {
    const there = smallCommunity();
    expect(enrol(there, keyOf('phone'))).toEqual(['key.enrolled']);
    expect(enrol(there, keyOf('phone'))).toEqual([]);
    expect(refusalCode(() => enrol(there, keyOf('phone'), 'bo'))).toBe('key.taken');
    expect(refusalCode(() => enrol(there, BRIDGE_KEY))).toBe('key.taken');
    expect(refusalCode(() => pair(there, keyOf('phone')))).toBe('key.taken');
    expect(refusalCode(() => enrol(there, keyOf('other'), 'nobody'))).toBe('agent.unknown');
    expect(refusalCode(() => enrol(there, keyOf('other'), 'lab'))).toBe('key.wrong-kind');
    expect(there.state.keys.get(keyOf('phone'))).toMatchObject({ agent: 'visitor', purpose: 'person' });
  });

  it('that anybody could sign for, or that is none, is refused', () => {
    const there = smallCommunity();
    const smallOrder = toDidKey(Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0)));
    const notCanonical = toDidKey(Uint8Array.from({ length: 32 }, () => 0xff));
    for (const key of [smallOrder, notCanonical, 'did:key:z6MkTooShort'])
      expect([enrol, pair].map((way) => refusalCode(() => way(there, key)))).toEqual([
        ...['key.unusable', 'key.unusable'],
      ]);
  });

  it('that was revoked stays so', () => {
    const there = smallCommunity();
    enrol(there, keyOf('phone'));
    expect(refusalCode(() => revoke(there, keyOf('phone'), 'bo'))).toBe('key.unknown');
    expect(revoke(there, keyOf('phone'))).toEqual(['key.revoked']);
    expect(revoke(there, keyOf('phone'))).toEqual([]);
    expect(refusalCode(() => enrol(there, keyOf('phone')))).toBe('key.revoked');
    expect(there.state.keys.get(keyOf('phone'))?.end).toEqual({
      at: there.entries.length - 1,
      how: 'revoked',
    });
  });

  it('is one of a stated number that count at once', () => {
    const there = smallCommunity();
    for (let at = 0; at < KEYS_OF_AGENT_MAX; at += 1) enrol(there, keyOf(`device ${at}`));
    expect(refusalCode(() => enrol(there, keyOf('one more')))).toBe('key.too-many');
    revoke(there, keyOf('device 0'));
    expect(enrol(there, keyOf('one more'))).toEqual(['key.enrolled']);
  });
});

describe('the key of a bridge', () => {
  it('ends when another is paired, and may be paired again', () => {
    const there = smallCommunity();
    expect(pair(there, keyOf('new bridge'))).toEqual(['bridge.paired']);
    expect(there.state.keys.get(BRIDGE_KEY)?.end?.how).toBe('replaced');
    expect(pair(there, BRIDGE_KEY)).toEqual(['bridge.paired']);
    expect(there.state.keys.get(BRIDGE_KEY)?.end).toBeUndefined();
    expect(there.state.keys.get(keyOf('new bridge'))?.end?.how).toBe('replaced');
  });

  it('that was revoked says nothing any more and cannot be paired again', () => {
    const there = smallCommunity();
    const job = there.placeStool().jobs[0] ?? '';
    there.giveToMachine(job);
    const end = () =>
      there.do((context) => revokeBridge(there.state, { lab: 'lab', by: 'visitor', reason }, context));
    expect(refusalCode(() => revoke(there, BRIDGE_KEY, 'lab'))).toBe('key.of-bridge');
    expect(end()).toEqual(['bridge.revoked']);
    expect(end()).toEqual([]);
    expect(refusalCode(() => there.bridgeSays(job, 'job.prepared'))).toBe('bridge.wrong-key');
    expect(refusalCode(() => pair(there, BRIDGE_KEY))).toBe('key.revoked');
    expect(pair(there, keyOf('new bridge'))).toEqual(['bridge.paired']);
  });
});

describe('the key of the server', () => {
  it('is replaced by the one it has now, and is never the last one to go', () => {
    const there = smallCommunity();
    expect(take(there, SERVER_KEY)).toEqual([]);
    expect(refusalCode(() => revoke(there, SERVER_KEY, 'community'))).toBe('key.last');
    expect(take(there, keyOf('second'))).toEqual(['key.enrolled', 'key.revoked']);
    expect(refusalCode(() => take(there, SERVER_KEY))).toBe('key.revoked');
  });
});

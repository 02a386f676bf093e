import { describe, expect, it } from 'vitest';
import { Presence, SETTLE_MS } from '../../../server/mqtt/presence.ts';
import { HandClock } from '../../support/hand-clock.ts';

function coordinator(id: string, startedAtMs: number, isShared = true) {
  const clock = new HandClock();
  const leads: boolean[] = [];
  const announced: number[] = [];
  const left: string[] = [];
  const presence = new Presence({
    ...{ id, startedAtMs, isShared, settleMs: SETTLE_MS, clock, log: () => {} },
    announce: ({ startedAt }) => announced.push(startedAt),
    leave: (who) => left.push(who),
    onLead: (isLeading) => leads.push(isLeading),
  });
  const hear = (other: string, startedAt: number) =>
    presence.hear(other, Buffer.from(JSON.stringify({ v: 1, startedAt })));
  const gone = (other: string) => presence.hear(other, Buffer.alloc(0));
  return { clock, presence, leads, announced, left, hear, gone };
}

describe('a coordinator', () => {
  it('leads at once on a broker of its own, and says nothing of itself there', () => {
    const { presence, announced } = coordinator('a', 1, false);
    presence.connected();
    expect(presence.isLeading).toBe(true);
    expect(announced).toEqual([]);
  });

  it('leads on a shared broker when nobody has been ahead of it for a while', () => {
    const { clock, presence, announced } = coordinator('a', 1);
    presence.connected();
    expect(announced).toEqual([1]);
    clock.advance(SETTLE_MS - 1);
    expect(presence.isLeading).toBe(false);
    clock.advance(1);
    expect(presence.isLeading).toBe(true);
  });

  it('follows the one that is there longer, or has the smaller id where both began together', () => {
    for (const [other, startedAt, leads] of [
      ['z', 4, false],
      ['z', 6, true],
      ['b', 5, false],
      ['z', 5, true],
    ] as const) {
      const one = coordinator('m', 5);
      one.presence.connected();
      one.hear(other, startedAt);
      one.clock.advance(SETTLE_MS);
      expect(one.presence.isLeading).toBe(leads);
    }
  });

  it('takes the lead when the one ahead has gone, and gives it back when it is there again', () => {
    const { clock, presence, leads, hear, gone } = coordinator('b', 2);
    presence.connected();
    hear('a', 1);
    clock.advance(SETTLE_MS);
    gone('a');
    clock.advance(SETTLE_MS);
    hear('a', 1);
    expect(leads).toEqual([true, false]);
  });

  it('does not take the lead of one that is back within a moment', () => {
    const { clock, presence, leads, hear, gone } = coordinator('b', 2);
    presence.connected();
    hear('a', 1);
    gone('a');
    clock.advance(SETTLE_MS - 1);
    hear('a', 1);
    clock.advance(SETTLE_MS);
    expect(leads).toEqual([]);
  });

  it('says again and again that it is there, and takes one that says nothing for a dead one whose last will was lost', () => {
    const { clock, presence, announced, hear, left } = coordinator('b', 2);
    presence.connected();
    hear('a', 1);
    clock.advance(30_000);
    expect(presence.isLeading).toBe(false);
    expect(announced).toEqual([2, 2, 2, 2]);
    hear('a', 1);
    clock.advance(30_000);
    expect(presence.isLeading).toBe(false);
    clock.advance(15_000);
    expect(presence.isLeading).toBe(true);
    expect(left).toEqual(['a']);
  });

  it('announces itself again when the last will of its own broken connection has taken it away', () => {
    const { presence, announced, gone } = coordinator('a', 1);
    presence.connected();
    gone('a');
    expect(announced).toEqual([1, 1]);
  });

  it('drops a presence that it cannot read', () => {
    const { clock, presence } = coordinator('b', 2);
    presence.connected();
    presence.hear('a', Buffer.from('nonsense'));
    clock.advance(SETTLE_MS);
    expect(presence.isLeading).toBe(true);
  });

  it('leads no more once it stepped aside or lost the broker', () => {
    const aside = coordinator('a', 1);
    aside.presence.connected();
    aside.clock.advance(SETTLE_MS);
    aside.presence.stepAside();
    expect(aside.leads).toEqual([true, false]);
    expect(aside.announced).toEqual([1]);
    expect(aside.left).toEqual(['a']);
    const cutOff = coordinator('a', 1);
    cutOff.presence.connected();
    cutOff.clock.advance(SETTLE_MS);
    cutOff.presence.disconnected();
    expect(cutOff.leads).toEqual([true, false]);
  });

  it('knows itself alone only where it led and had heard of nobody else', () => {
    const { clock, presence, hear, gone } = coordinator('a', 1);
    expect(presence.isAlone).toBe(false);
    presence.connected();
    presence.disconnected();
    expect(presence.isAlone).toBe(false);
    presence.connected();
    clock.advance(SETTLE_MS);
    hear('b', 2);
    presence.disconnected();
    expect(presence.isAlone).toBe(false);
    presence.connected();
    hear('b', 2);
    gone('b');
    clock.advance(SETTLE_MS);
    presence.disconnected();
    expect(presence.isAlone).toBe(true);
  });
});

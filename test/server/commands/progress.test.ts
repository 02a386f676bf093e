import { describe, expect, it } from 'vitest';
import { bar, progressOf } from '../../../server/commands/progress.ts';

function watched(isTTY: boolean) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const progress = progressOf({ isTTY, write: (text) => written.push(text) }, () => clock.ms);
  return { written, clock, progress };
}

describe('the progress of long work', () => {
  it('is a bar in one line of a terminal, with the time that is left once that can be told', () => {
    const { written, clock, progress } = watched(true);
    progress.show('entries', 0, 200);
    clock.ms = 50;
    progress.show('entries', 1, 200);
    clock.ms = 4_000;
    progress.show('entries', 50, 200);
    progress.show('entries', 200, 200);
    progress.end();
    expect(written).toHaveLength(4);
    expect(written[1]).toMatch(/^\r\S+ {2}entries █{7}·{21} 25 % {2}50 of 200, about 12 s left$/);
    expect(written[2]).toContain('100 %  200 of 200');
    expect(written[3]).toBe('\n');
  });

  it('begins a line of its own for each phase', () => {
    const { written, progress } = watched(true);
    progress.show('tiles', 1, 2);
    progress.show('entries', 1, 2);
    expect(written.filter((text) => text === '\n')).toHaveLength(1);
  });

  it('is a plain line now and then elsewhere, and nothing for short work', () => {
    const { written, clock, progress } = watched(false);
    for (clock.ms = 0; clock.ms < 4_000; clock.ms += 100) progress.show('entries', clock.ms, 60_000);
    expect(written).toEqual([]);
    for (; clock.ms <= 12_000; clock.ms += 100) progress.show('entries', clock.ms, 60_000);
    progress.end();
    expect(written).toEqual([
      'entries: 8 %  5000 of 60000, about 55 s left\n',
      'entries: 16 %  10000 of 60000, about 50 s left\n',
    ]);
  });

  it('fills its bar with the share and never more', () => {
    expect([bar(0), bar(0.5), bar(7)].map((text) => text.replaceAll('·', '').length)).toEqual([0, 14, 28]);
  });
});

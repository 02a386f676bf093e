import { describe, expect, it } from 'vitest';
import { UsedIds } from '../../../server/verification/used-ids.ts';

describe('the ids that a log has used', () => {
  it('are each new once, also after the table has grown many times', () => {
    const ids = new UsedIds();
    const nameOf = (at: number) => `0193b5b0-7c00-7000-8000-${String(at).padStart(12, '0')}`;
    const count = 60_000;
    for (let at = 0; at < count; at += 1) expect(ids.add(nameOf(at))).toBe(true);
    for (let at = 0; at < count; at += 1) expect(ids.add(nameOf(at))).toBe(false);
  });

  it('are told apart by a single character, and may be any text', () => {
    const ids = new UsedIds();
    for (const id of ['', 'a', 'b', 'ab', 'ba', 'é', '漢', 'a'.repeat(120), `${'a'.repeat(119)}b`]) {
      expect(ids.add(id)).toBe(true);
      expect(ids.add(id)).toBe(false);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { formatAgo, formatDuration, formatMoney, formatPercent } from '../../web/words/formats.ts';

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('numbers in the reader’s format', () => {
  it('writes minor units as money of each language', () => {
    expect(formatMoney('en', '5180', 'EUR')).toBe('€51.80');
    expect(plain(formatMoney('fr', '5180', 'EUR'))).toBe('51,80 €');
    expect(plain(formatMoney('fr', '123456789', 'EUR'))).toBe('1 234 567,89 €');
  });

  it('keeps small, negative and huge amounts exact', () => {
    expect(formatMoney('en', '5', 'EUR')).toBe('€0.05');
    expect(formatMoney('en', '-5', 'EUR')).toBe('-€0.05');
    expect(formatMoney('en', '0', 'EUR')).toBe('€0.00');
    expect(formatMoney('en', '900719925474099312', 'EUR')).toBe('€9,007,199,254,740,993.12');
  });

  it('knows currencies without decimals', () => {
    expect(formatMoney('en', '5180', 'JPY')).toBe('¥5,180');
  });

  it('says durations in one or two units', () => {
    expect(plain(formatDuration('en', 40))).toBe('40 sec');
    expect(plain(formatDuration('en', 840))).toBe('14 min');
    expect(plain(formatDuration('fr', 7_500))).toBe('2 h 5 min');
    expect(plain(formatDuration('en', 7_199))).toBe('2 hr');
  });

  it('says shares and times past', () => {
    expect(plain(formatPercent('fr', 0.62))).toBe('62 %');
    expect(formatAgo('en', 0, 240_000)).toBe('4 minutes ago');
    expect(plain(formatAgo('fr', 0, 7_200_000))).toBe('il y a 2 heures');
  });
});

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const styles = readFileSync(join(here, '../../web/shell/tokens.css'), 'utf8');

/** All tokens of a scheme; the dark one overrides what the light one says. */
function tokensOf(scheme: 'light' | 'dark'): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const [, selector = '', body = ''] of styles.matchAll(/^([^{}@]+)\{([^}]*)\}/gm)) {
    const isDark = selector.includes('"dark"');
    if (isDark && scheme === 'light') continue;
    for (const [, name = '', value = ''] of body.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g))
      tokens.set(name, value);
  }
  return tokens;
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Each colour of text with every ground that it stands on. */
const TEXT: readonly [text: string, grounds: readonly string[]][] = [
  ['ink', ['paper', 'sheet', 'sunken', 'ply-soft', 'wait-soft', 'fail-soft', 'stage-light', 'stage-deep']],
  ['ink-soft', ['paper', 'sheet', 'sunken', 'ply-soft', 'stage-light', 'stage-deep']],
  ['blueprint', ['paper', 'sheet', 'sunken', 'stage-light', 'stage-deep']],
  ['on-blueprint', ['blueprint']],
  ['live', ['paper', 'sheet', 'live-soft', 'stage-light']],
  ['made', ['paper', 'sheet', 'made-soft', 'stage-light']],
  ['wait', ['paper', 'sheet', 'wait-soft']],
  ['fail', ['paper', 'sheet', 'fail-soft']],
];

describe.each(['light', 'dark'] as const)('the %s scheme', (scheme) => {
  it('keeps at least 4.5 to 1 between each text and its ground', () => {
    const tokens = tokensOf(scheme);
    const colour = (name: string) => tokens.get(name) ?? '';
    const weak = TEXT.flatMap(([text, grounds]) =>
      grounds
        .map((ground) => ({ text, ground, ratio: contrast(colour(text), colour(ground)) }))
        .filter(({ ratio }) => !(ratio >= 4.5)),
    );
    expect(weak).toEqual([]);
  });
});

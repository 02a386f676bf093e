import { describe, expect, it } from 'vitest';
import type { ParameterDefinition } from '#contract/design.ts';
import { checkParameters } from '../../../server/geometry/package/check-parameters.ts';
import { decodePackage, versionOf } from '../../../server/geometry/package/package-files.ts';
import { readPackage, summarise } from '../../../server/geometry/package/read-package.ts';

const OKH = `okhv = "2.4"
name = "Box"
repo = "https://example.org/box"
license = "CERN-OHL-S-2.0"
licensor = [{ name = "Ada" }, "Grace"]
function = "Holds things"
`;
const DESIGN = `schema = 1
entry = "box.js"
caption = { en = "Box" }
description = { en = "A box" }
contributors = [{ name = "Ada", weight = 3 }]
parameters.size = { scope = "maker", unit = "mm", fr = "Taille" }
parts = [{ geometry = "box", id = "box", name = "Box", process = "print", material = "PLA", density-kg-per-m3 = 1240 }]
print = { material = "PLA", layer-height-mm = 0.2 }
`;

function files(changed: Record<string, string | undefined> = {}): Map<string, Uint8Array> {
  const texts = {
    'okh.toml': OKH,
    'design.toml': DESIGN,
    'README.md': '# Box',
    'box.js': 'module.exports = {}',
    ...changed,
  };
  return new Map(
    Object.entries(texts).flatMap(([path, text]) =>
      text === undefined ? [] : [[path, new TextEncoder().encode(text)] as const],
    ),
  );
}

const DEFINITIONS = [{ name: 'size', type: 'float', caption: 'Size', initial: 20, min: 10, max: 40 }];

describe('a package', () => {
  it('is summed up for the gallery', () => {
    expect(summarise(readPackage(files()), DEFINITIONS)).toMatchObject({
      name: 'Box',
      version: '1.0.0',
      licence: 'CERN-OHL-S-2.0',
      licensor: 'Ada, Grace',
      processes: ['print'],
      parameters: [
        {
          kind: 'number',
          name: 'size',
          caption: { en: 'Size', fr: 'Taille' },
          scope: 'maker',
          unit: 'mm',
          min: 10,
        },
      ],
    });
  });

  it.each(['okhv', 'name', 'repo', 'license', 'licensor', 'function'])(
    'without "%s" in okh.toml is refused with field and file',
    (field) => {
      const text = OKH.split('\n')
        .filter((line) => !line.startsWith(`${field} `))
        .join('\n');
      expect(() => readPackage(files({ 'okh.toml': text }))).toThrow(
        `okh.toml has no "${field}". Add this field.`,
      );
    },
  );

  it.each(['entry', 'caption', 'description', 'contributors', 'parts', 'print'])(
    'without "%s" in design.toml is refused with field and file',
    (field) => {
      const text = DESIGN.split('\n')
        .filter((line) => !line.startsWith(`${field} `))
        .join('\n');
      expect(() => readPackage(files({ 'design.toml': text }))).toThrow(
        new RegExp(`design\\.toml.*"${field}"`),
      );
    },
  );

  it.each([
    [{ 'okh.toml': undefined }, 'The package has no okh.toml'],
    [{ 'design.toml': undefined }, 'The package has no design.toml'],
    [{ 'README.md': undefined }, 'The package has no README.md'],
    [{ 'box.js': undefined }, 'names the entry "box.js"'],
    [{ 'okh.toml': 'name = ' }, 'okh.toml is not TOML: line 1'],
    [{ 'okh.toml': OKH.replace('CERN-OHL-S-2.0', '<script>') }, 'okh.toml: "license"'],
    [{ 'design.toml': DESIGN.replace('box.js', '../box.js') }, 'design.toml: "entry"'],
    [
      { 'design.toml': DESIGN.replace('"PLA", density', '"<b>", density') },
      'design.toml: "parts.0.material"',
    ],
    [{ 'design.toml': `surprise = 1\n${DESIGN}` }, 'design.toml'],
  ])('with a fault (%#) is refused with a sentence', (changed, sentence) => {
    expect(() => readPackage(files(changed))).toThrow(sentence);
  });

  it.each(['../evil.js', '/etc/passwd', 'a/../../b', 'a\\b', 'C:evil', 'a//b', 'nul\u0000'])(
    'with the path %j is refused',
    (path) => {
      const base64 = Buffer.from('x').toString('base64');
      expect(() => decodePackage({ files: [{ path, base64 }] })).toThrow('leads outside of it');
    },
  );

  it('with a note on a parameter that the script does not have is refused', () => {
    expect(() => summarise(readPackage(files()), [])).toThrow('[parameters.size]');
  });

  it('has a version that depends on every byte and path, and not on the order of files', () => {
    const version = versionOf(files());
    expect(versionOf(new Map([...files()].reverse()))).toBe(version);
    expect(versionOf(files({ 'README.md': '# Box!' }))).not.toBe(version);
    expect(versionOf(files({ 'README.md': undefined, 'readme.md': '# Box' }))).not.toBe(version);
  });
});

describe('parameters', () => {
  const definitions: ParameterDefinition[] = [
    {
      kind: 'number',
      name: 'width',
      caption: { en: 'Width' },
      scope: 'customer',
      initial: 50,
      min: 10,
      max: 100,
      unit: 'mm',
      step: 0.1,
      isInteger: false,
    },
    {
      kind: 'number',
      name: 'ribs',
      caption: { en: 'Ribs' },
      scope: 'customer',
      initial: 2,
      min: 1,
      isInteger: true,
    },
    {
      kind: 'choice',
      name: 'shape',
      caption: { en: 'Shape' },
      scope: 'customer',
      initial: 'round',
      options: [{ value: 'round', caption: { en: 'Round' } }],
    },
    { kind: 'checkbox', name: 'holes', caption: { en: 'Holes' }, scope: 'customer', initial: true },
    { kind: 'text', name: 'label', caption: { en: 'Label' }, scope: 'customer', initial: '', maxLength: 5 },
  ];

  it('that are left out take their initial values', () => {
    expect(checkParameters(definitions, { width: 60 })).toEqual({
      width: 60,
      ribs: 2,
      shape: 'round',
      holes: true,
      label: '',
    });
  });

  it.each([
    [{ width: 101 }, 'parameter.out-of-range', 'Width must be between 10 and 100 mm, not 101 mm.'],
    [{ ribs: 0 }, 'parameter.out-of-range', 'Ribs must be 1 or more, not 0.'],
    [{ ribs: 1.5 }, 'parameter.not-whole', 'Ribs must be a whole number, not 1.5.'],
    [{ width: '60' }, 'parameter.wrong-type', 'Width must be a number.'],
    [{ width: Number.NaN }, 'parameter.wrong-type', 'Width must be a number.'],
    [{ shape: 'star' }, 'parameter.not-a-choice', 'Shape must be one of round.'],
    [{ holes: 1 }, 'parameter.wrong-type', 'Holes must be true or false.'],
    [{ label: 'too long' }, 'parameter.wrong-type', 'Label must be a text of at most 5 characters.'],
    [
      { colour: 1 },
      'parameter.unknown',
      'The design has no parameter "colour". It has: width, ribs, shape, holes, label.',
    ],
    [
      { constructor: 1 },
      'parameter.unknown',
      'The design has no parameter "constructor". It has: width, ribs, shape, holes, label.',
    ],
  ])('%j is refused with caption and limits', (given, code, message) => {
    expect(() => checkParameters(definitions, given)).toThrow(
      expect.objectContaining({ kind: 'bad-input', code, message }),
    );
  });
});

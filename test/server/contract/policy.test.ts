import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCheckpoint } from '#contract/checkpoint.ts';
import { formatCosignature } from '#contract/cosignature.ts';
import { isSatisfied } from '#contract/policy-verdict.ts';
import {
  addSignatureLines,
  formatNote,
  formatVerifierKey,
  parseNote,
  parseSignatureLines,
  parseVerifierKey,
  SIGNATURE_TYPE,
} from '#contract/signed-note.ts';
import {
  formatPolicy,
  missingForQuorum,
  type Policy,
  PolicyError,
  parsePolicy,
  policyOfLog,
} from '#contract/tlog-policy.ts';
import { sha256, verifyEd25519 } from '../../../server/ledger/node-crypto.ts';
import { testSigner } from '../../support/note-signer.ts';

const tools = { sha256, verify: verifyEd25519 };
const read = (name: string) => readFileSync(new URL(`../../data/notes/${name}`, import.meta.url), 'utf8');
const published = { note: read('cosigned-checkpoint.txt'), policy: read('policy.txt') };

const log = testSigner('log.example/a');
const [one, two, three] = ['one.example', 'two.example', 'three.example'].map(testSigner) as [
  ReturnType<typeof testSigner>,
  ReturnType<typeof testSigner>,
  ReturnType<typeof testSigner>,
];
const text = formatCheckpoint({ origin: log.name, size: 7, root: sha256(new Uint8Array(1)) });
const note = formatNote(sha256, text, log, log.sign);
const cosigned = (signer: typeof one, timeSeconds = 1_700_000_000) =>
  formatCosignature(sha256, text, signer, timeSeconds, signer.sign);
const vkey = (signer: typeof one, type: 0x01 | 0x04 = SIGNATURE_TYPE.cosignature) =>
  formatVerifierKey(sha256, signer, type);
const policyText = `log ${vkey(log, SIGNATURE_TYPE.note)}
witness A ${vkey(one)}
witness B ${vkey(two)}
witness C ${vkey(three)}
group two-of-three 2 A B C
quorum two-of-three
`;

describe('a policy', () => {
  it('accepts a real checkpoint that a public log signed and four public witnesses cosigned', () => {
    const policy = parsePolicy(sha256, published.policy);
    expect(isSatisfied(policy, published.note, tools)).toMatchObject({
      ok: true,
      checkpoint: { size: 1_432_088_532 },
      witnesses: ['garden', 'smartit', 'remora', 'stagemole'].map((name) => ({
        name,
        timeSeconds: 1_779_573_024,
      })),
    });
    const asked = parsePolicy(sha256, published.policy.replace('quorum both', 'quorum navigli'));
    expect(isSatisfied(asked, published.note, tools)).toMatchObject({ fault: 'no-quorum' });
    const larger = published.note.replace('\n1432088532\n', '\n1432088533\n');
    expect(isSatisfied(policy, larger, tools)).toMatchObject({ ok: false, fault: 'bad-signature' });
  });

  it('is written as it is read', () => {
    for (const given of [published.policy, policyText]) {
      const policy = parsePolicy(sha256, given);
      expect(parsePolicy(sha256, formatPolicy(sha256, policy))).toEqual(policy);
    }
    expect(formatPolicy(sha256, policyOfLog(log, 'https://log.example/a'))).toBe(
      `log ${vkey(log, SIGNATURE_TYPE.note)} https://log.example/a\nquorum none\n`,
    );
  });

  it('names who is missing, and is met by enough witnesses and not by the same one twice', () => {
    const policy = parsePolicy(sha256, policyText);
    expect(isSatisfied(policy, note, tools)).toMatchObject({
      fault: 'no-quorum',
      reason: expect.stringContaining('2 of (A, B, C)'),
    });
    const twice = addSignatureLines(note, [cosigned(one), cosigned(one, 1_700_000_009)]);
    expect(isSatisfied(policy, twice, tools)).toMatchObject({
      reason: expect.stringContaining('1 of (B, C)'),
    });
    expect(isSatisfied(policy, addSignatureLines(twice, [cosigned(three)]), tools)).toMatchObject({
      ok: true,
      witnesses: [
        { name: 'A', timeSeconds: 1_700_000_009 },
        { name: 'C', timeSeconds: 1_700_000_000 },
      ],
    });
  });

  it('is not met by a note with a line that claims a known witness and is not its own', () => {
    const policy = parsePolicy(sha256, policyText);
    const whole = addSignatureLines(note, [cosigned(one), cosigned(two)]);
    expect(isSatisfied(policy, whole, tools)).toMatchObject({ ok: true });
    const forged = formatCosignature(sha256, text, three, 1_700_000_000, one.sign);
    expect(isSatisfied(policy, addSignatureLines(whole, [forged]), tools)).toMatchObject({
      ok: false,
      fault: 'bad-signature',
    });
    const other = formatCosignature(sha256, `${text}more\n`, three, 1_700_000_000, three.sign);
    expect(isSatisfied(policy, addSignatureLines(whole, [other]), tools)).toMatchObject({ ok: false });
    const short = `\u2014 three.example ${Buffer.concat([parseSignatureLines(forged)[0]?.keyId ?? new Uint8Array(), new Uint8Array(64)]).toString('base64')}\n`;
    expect(isSatisfied(policy, addSignatureLines(whole, [short]), tools)).toMatchObject({ ok: false });
  });

  it('tells a note of another log, an unsigned one and nonsense apart', () => {
    const policy = policyOfLog(log);
    const elsewhere = formatNote(sha256, text.replace(log.name, 'other.example'), log, log.sign);
    expect(isSatisfied(policy, elsewhere, tools)).toMatchObject({ fault: 'wrong-log' });
    const impostor = testSigner('impostor');
    const forged = formatNote(sha256, text, { ...impostor, name: log.name }, impostor.sign);
    expect(isSatisfied(policy, forged, tools)).toMatchObject({ fault: 'bad-signature' });
    expect(isSatisfied(policy, 'nonsense', tools)).toMatchObject({ fault: 'malformed' });
    expect(isSatisfied(policy, parseNote(note), tools)).toMatchObject({ ok: true, witnesses: [] });
  });

  it.each([
    [1, 'log nonsense\nquorum none\n'],
    [1, `log ${vkey(one)}\nquorum none\n`],
    [2, `log ${vkey(log, 1)}\nwitness A ${vkey(one, 1)}\nquorum A\n`],
    [2, `log ${vkey(log, 1)}\nlog ${vkey({ ...log, name: 'another.example' }, 1)}\nquorum none\n`],
    [2, `witness A ${vkey(one)}\nwitness B ${vkey({ ...one, name: 'b.example' })}\nquorum A\n`],
    [2, `witness A ${vkey(one)}\nwitness A ${vkey(two)}\nquorum A\n`],
    [1, `witness none ${vkey(one)}\nquorum none\n`],
    [1, `group G any A\nwitness A ${vkey(one)}\nquorum G\n`],
    [2, `witness A ${vkey(one)}\ngroup G 0 A\nquorum G\n`],
    [2, `witness A ${vkey(one)}\ngroup G 2 A\nquorum G\n`],
    [2, `witness A ${vkey(one)}\ngroup G 01 A\nquorum G\n`],
    [2, `witness A ${vkey(one)}\ngroup G any none\nquorum G\n`],
    [2, `witness A ${vkey(one)}\ngroup G any A A\nquorum G\n`],
    [3, `witness A ${vkey(one)}\ngroup G any A\ngroup H any A\nquorum G\n`],
    [2, `witness A ${vkey(one)}\ngroup G any\nquorum A\n`],
    [1, 'quorum A\n'],
    [2, 'quorum none\nquorum none\n'],
    [2, '# empty\n\n'],
    [1, 'quorum none\r\n'],
    [1, 'quorum none more\n'],
    [2, 'quorum none\nurl x\n'],
    [1, 'quorum\u00a0none\n'],
  ])('with a mistake names line %i: %j', (line, given) => {
    expect(() => parsePolicy(sha256, given)).toThrow(PolicyError);
    expect(() => parsePolicy(sha256, given)).toThrow(new RegExp(`^line ${line} of the policy`));
  });

  it('counts groups of groups as the definition says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 4 })),
        (groups, thresholds) => {
          const key = { name: 'x', publicKey: new Uint8Array(32) };
          const limits = groups.map((group) => Math.min(group.length, thresholds.next().value ?? 1));
          const top = Math.min(groups.length, thresholds.next().value ?? 1);
          const policy: Policy = {
            logs: [],
            witnesses: groups.flatMap((group, g) => group.map((_, w) => ({ name: `${g}.${w}`, key }))),
            groups: [
              ...groups.map((group, g) => ({
                name: `G${g}`,
                threshold: limits[g] ?? 1,
                members: group.map((_, w) => `${g}.${w}`),
              })),
              { name: 'top', threshold: top, members: groups.map((_, g) => `G${g}`) },
            ],
            quorum: 'top',
          };
          const signed = new Set(
            groups.flatMap((group, g) => group.flatMap((is, w) => (is ? [`${g}.${w}`] : []))),
          );
          const enough =
            groups.filter((group, g) => group.filter(Boolean).length >= (limits[g] ?? 1)).length >= top;
          expect(missingForQuorum(policy, signed) === undefined).toBe(enough);
        },
      ),
    );
  });
});

describe('verifier keys', () => {
  it('say what they sign: a key of one type is not read as one of the other', () => {
    for (const type of [SIGNATURE_TYPE.note, SIGNATURE_TYPE.cosignature] as const) {
      const given = vkey(one, type);
      expect(parseVerifierKey(sha256, given, type)).toEqual({ name: one.name, publicKey: one.publicKey });
      expect(() => parseVerifierKey(sha256, given, type === 1 ? 4 : 1)).toThrow(TypeError);
    }
  });

  it('of small order are neither read nor written', () => {
    const weak = { name: 'weak.example', publicKey: new Uint8Array(32) };
    expect(() => formatVerifierKey(sha256, weak)).toThrow(/anyone can make signatures/);
    const id = sha256(Buffer.concat([Buffer.from('weak.example\n\x01'), weak.publicKey])).slice(0, 4);
    const base64 = Buffer.concat([Buffer.of(1), weak.publicKey]).toString('base64');
    const given = `weak.example+${Buffer.from(id).toString('hex')}+${base64}`;
    expect(() => parseVerifierKey(sha256, given)).toThrow(/anyone can make signatures/);
  });
});

describe('a cosignature', () => {
  it('is the key id, the time in eight bytes and the signature over both lines and the checkpoint', () => {
    const [line] = parseSignatureLines(cosigned(one, 1_679_315_147));
    const time = new DataView(new Uint8Array(line?.signature ?? []).buffer).getBigUint64(0);
    expect(time).toBe(1_679_315_147n);
    const message = new TextEncoder().encode(`cosignature/v1\ntime 1679315147\n${text}`);
    expect(line?.signature.subarray(8)).toEqual(one.sign(message));
    expect(() => cosigned(one, -1)).toThrow(RangeError);
    expect(() => cosigned(one, 1.5)).toThrow(RangeError);
  });

  it('is not written under a note twice', () => {
    const whole = addSignatureLines(note, [cosigned(one)]);
    expect(addSignatureLines(whole, [cosigned(one)])).toBe(whole);
    expect(() => addSignatureLines(note, ['nonsense\n'])).toThrow(TypeError);
  });
});

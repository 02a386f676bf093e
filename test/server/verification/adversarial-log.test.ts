import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concat, fromUtf8, toBase64Url, utf8 } from '#contract/bytes.ts';
import { toDidKey } from '#contract/did-key.ts';
import { frameEntries, readBundle } from '#contract/log-tiles.ts';
import { formatVerifierKey } from '#contract/signed-note.ts';
import { nodeVerifierTools as tools } from '../../../server/commands/verifier-tools.ts';
import type { JudgeEntry } from '../../../server/verification/tools.ts';
import { testSigner } from '../../support/note-signer.ts';
import { author, bodyAt, filesOf, flip, honestLeaves, leavesOf, logKey, withFile } from './built-log.ts';
import { type LogServer, noteOf, startLogServer } from './log-server.ts';

const SIZE = 700;
const leaves = honestLeaves(SIZE);
const honest = filesOf(leaves);
const LAST = { bundle: 'tile/entries/002.p/188', tile: 'tile/0/002.p/188', above: 'tile/1/000.p/2' };

let server: LogServer;
const verify: LogServer['verify'] = (files, options) => server.verify(files, options);
beforeAll(async () => {
  server = await startLogServer();
});
afterAll(() => server.close());

const bundleOf = (change: (entries: Uint8Array[]) => Uint8Array[]) => (bytes: Uint8Array) =>
  frameEntries(change(readBundle(bytes)));

describe('an honest log', () => {
  it('verifies, with every signature checked, and says against whose word', async () => {
    expect(await verify(honest)).toMatchObject({ verified: true, trust: 'given', signatures: SIZE });
    const own = new Map(honest).set(
      'policy',
      utf8(`log ${formatVerifierKey(tools.sha256, logKey)}\nquorum none\n`),
    );
    expect(await verify(own, { policy: undefined })).toMatchObject({ verified: true, trust: 'own' });
    expect(await verify(honest, { withEntries: false })).toMatchObject({ verified: true, signatures: 0 });
    expect(await verify(filesOf([]))).toMatchObject({ verified: true, checkpoint: { size: 0 } });
  });

  it('verifies at every size around a tile, also from an older checkpoint of any size', async () => {
    for (const size of [1, 2, 255, 256, 257, 511, 512, 513])
      for (const older of [0, 1, 200, 255, 256, 257, 512, size])
        if (older <= size)
          expect(
            await verify(filesOf(leaves.slice(0, size)), {
              since: noteOf(filesOf(leaves.slice(0, older))),
              withSignatures: false,
            }),
          ).toMatchObject({ verified: true, checkpoint: { size } });
  });

  it('is read whole where a partial tile is gone and the full one is there', async () => {
    const grown = filesOf(honestLeaves(768));
    const files = new Map(grown).set('checkpoint', honest.get('checkpoint') ?? new Uint8Array());
    const { above } = LAST;
    files.set(above, honest.get(above) ?? new Uint8Array());
    expect(files.has(LAST.tile)).toBe(false);
    expect(await verify(files)).toMatchObject({ verified: true, checkpoint: { size: SIZE } });
  });

  it('tells how far it is, and stops when it is told to', async () => {
    const seen: string[] = [];
    await verify(honest, { onProgress: ({ phase, done, total }) => seen.push(`${phase} ${done}/${total}`) });
    expect(seen).toEqual([
      'checkpoint 0/700',
      'entries 256/700',
      'entries 512/700',
      'entries 700/700',
      'root 700/700',
    ]);
    const stop = new AbortController();
    const stopped = verify(honest, {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
  });
});

describe('a log that changes what it signed', () => {
  it('is caught with an entry changed, left out, added or moved, and the first bad entry is named', async () => {
    const cases: [string, number, (entries: Uint8Array[]) => Uint8Array[]][] = [
      ['changed-entry', 300, (all) => all.map((leaf, at) => (at === 44 ? (leaves[0] ?? leaf) : leaf))],
      ['missing', 300, (all) => [...all.slice(0, 44), ...all.slice(45)]],
      ['missing', 300, (all) => [...all.slice(0, 44), ...all.slice(47), ...leaves.slice(512, 515)]],
      ['missing', 506, (all) => all.slice(0, -6)],
      ['changed-entry', 300, (all) => [...all.slice(0, 44), leaves[3] ?? utf8(''), ...all.slice(44, 255)]],
      ['reordered', 300, (all) => [...all.slice(0, 44), ...all.slice(44).reverse()]],
    ];
    for (const [fault, index, change] of cases)
      for (const withEntries of [true, false])
        expect(
          await verify(withFile(honest, 'tile/entries/001', bundleOf(change)), { withEntries }),
        ).toMatchObject({
          verified: false,
          fault,
          index,
        });
  });

  it('is caught with a bundle cut off, drawn out, or not there', async () => {
    const cut = withFile(honest, LAST.bundle, (bytes) => bytes.slice(0, -1));
    expect(await verify(cut)).toMatchObject({ fault: 'broken-bundle', index: 699 });
    const long = withFile(honest, LAST.bundle, (bytes) => concat(bytes, Uint8Array.of(0, 0)));
    expect(await verify(long)).toMatchObject({ fault: 'broken-bundle', index: 699 });
    for (const path of ['tile/entries/001', 'tile/0/001', LAST.above]) {
      const less = new Map(honest);
      less.delete(path);
      expect(await verify(less)).toMatchObject({ fault: 'missing', index: path === LAST.above ? 0 : 256 });
    }
  });

  it('is caught with hashes swapped or changed in a tile of any level', async () => {
    const swapped = withFile(honest, 'tile/0/001', (bytes) =>
      concat(bytes.slice(0, 64), bytes.slice(96, 128), bytes.slice(64, 96), bytes.slice(128)),
    );
    expect(await verify(swapped)).toMatchObject({ fault: 'bad-tile', index: 258 });
    expect(await verify(withFile(honest, LAST.tile, flip(33)))).toMatchObject({
      fault: 'bad-tile',
      index: 513,
    });
    expect(await verify(withFile(honest, LAST.above, flip(33)))).toMatchObject({
      fault: 'bad-tile',
      index: 256,
    });
    const short = withFile(honest, 'tile/0/001', (bytes) => bytes.slice(32));
    expect(await verify(short)).toMatchObject({ fault: 'bad-tile', index: 256 });
  });

  it('is caught when entries and tiles agree, and the signed root is another', async () => {
    const other = leavesOf(
      Array.from({ length: SIZE }, (_, at) => ({ body: bodyAt(at === 300 ? 999 : at) })),
    );
    const files = filesOf(other).set('checkpoint', honest.get('checkpoint') ?? new Uint8Array());
    expect(await verify(files)).toMatchObject({ verified: false, fault: 'bad-root' });
  });
});

describe('a log that signs what it should not', () => {
  /** A log whose key signed it all, however wrong. */
  const signed = (parts: Parameters<typeof leavesOf>[0]) => verify(filesOf(leavesOf(parts)));
  const parts = Array.from({ length: 600 }, (_, at) => ({ body: bodyAt(at) }));
  const withPart = (at: number, part: object) =>
    parts.map((one, n) => (n === at ? { ...one, ...part } : one));

  it('is caught with an entry that nobody signed, or somebody else', async () => {
    expect(await signed(withPart(550, { sigs: [] }))).toMatchObject({
      fault: 'bad-entry-signature',
      index: 550,
    });
    const kid = toDidKey(author.publicKey);
    const stranger = testSigner('stranger');
    for (const sigs of [
      [{ kid, sig: toBase64Url(stranger.sign(utf8('x'))) }],
      [{ kid, sig: 'short' }],
      [{ kid: 'did:key:none', sig: toBase64Url(new Uint8Array(64)) }],
      [{ kid: toDidKey(new Uint8Array(32)), sig: toBase64Url(new Uint8Array(64)) }],
      [{ kid: 'é"log":{"prev":', sig: '' }],
    ])
      expect(await signed(withPart(123, { sigs }))).toMatchObject({
        fault: 'bad-entry-signature',
        index: 123,
      });
  });

  it('is caught with a stream that skips, forks or forgets, and with time that runs back', async () => {
    expect(await signed(withPart(40, { log: { rev: 9 } }))).toMatchObject({
      fault: 'broken-chain',
      index: 40,
    });
    expect(await signed(withPart(40, { log: { prev: null } }))).toMatchObject({
      fault: 'broken-chain',
      index: 40,
    });
    const prev = toBase64Url(new Uint8Array(32));
    expect(await signed(withPart(40, { log: { prev } }))).toMatchObject({ fault: 'broken-chain', index: 40 });
    expect(await signed(withPart(0, { log: { prev } }))).toMatchObject({ fault: 'broken-chain', index: 0 });
    expect(await signed(withPart(40, { log: { time: 5_000 } }))).toMatchObject({
      fault: 'time-runs-back',
      index: 41,
    });
  });

  it('is caught with an id that was used before, however far back', async () => {
    const body = { ...bodyAt(590), id: bodyAt(2).id };
    expect(await signed(withPart(590, { body }))).toMatchObject({ fault: 'repeated-id', index: 590 });
  });

  it('is caught with what is no entry', async () => {
    const replaced = (at: number, leaf: Uint8Array) =>
      filesOf(leaves.map((one, n) => (n === at ? leaf : one)));
    const text = fromUtf8(leaves[9] ?? new Uint8Array());
    for (const [fault, leaf] of [
      ['not-canonical', utf8(` ${text}`)],
      ['not-canonical', utf8('nonsense')],
      ['not-canonical', Uint8Array.of(0xff)],
      ['not-canonical', utf8(`"${'x'.repeat(33_000)}"`)],
      ['no-entry', utf8('{}')],
      ['no-entry', utf8(text.replace('"list":[1,', '"list":[1.5,'))],
    ] as const)
      expect(await verify(replaced(9, leaf))).toMatchObject({ fault, index: 9 });
  });

  it('names the first bad entry where there are several, whichever kind is found sooner', async () => {
    const sigs = [{ kid: toDidKey(author.publicKey), sig: toBase64Url(new Uint8Array(64)) }];
    const both = withPart(100, { sigs }).map((one, at) => (at === 101 ? { ...one, log: { rev: 7 } } : one));
    expect(await signed(both)).toMatchObject({ fault: 'bad-entry-signature', index: 100 });
    const twice = withPart(590, { sigs }).map((one, at) => (at === 3 ? { ...one, sigs } : one));
    expect(await signed(twice)).toMatchObject({ fault: 'bad-entry-signature', index: 3 });
  });

  it('is caught when a key acts that was revoked before, or never enrolled', async () => {
    const bridge = testSigner('bridge');
    /** The smallest rule about keys: a key may sign from its enrolment to its revocation. */
    const keyRule = (): JudgeEntry => {
      const keys = new Set([toDidKey(author.publicKey)]);
      return ({ body, sigs }) => {
        const unknown = sigs.find(({ kid }) => !keys.has(kid));
        if (unknown !== undefined) return `${unknown.kid} may not sign`;
        if (body.type === 'key.enrolled') keys.add(String(body.data.kid));
        if (body.type === 'key.revoked') keys.delete(String(body.data.kid));
        return undefined;
      };
    };
    const kid = toDidKey(bridge.publicKey);
    const about = (at: number, type: string) => ({ body: { ...bodyAt(at), type, data: { kid } } });
    const story = [
      about(0, 'key.enrolled'),
      { body: bodyAt(1), signer: bridge },
      about(2, 'key.revoked'),
      { body: bodyAt(3) },
    ];
    expect(await verify(filesOf(leavesOf(story)), { judge: keyRule() })).toMatchObject({ verified: true });
    const after = [...story, { body: bodyAt(4), signer: bridge }];
    expect(await verify(filesOf(leavesOf(after)), { judge: keyRule() })).toMatchObject({
      fault: 'broken-rule',
      index: 4,
      reason: `${kid} may not sign`,
    });
    const never = [{ body: bodyAt(0) }, { body: bodyAt(1), signer: bridge }];
    expect(await verify(filesOf(leavesOf(never)), { judge: keyRule() })).toMatchObject({ index: 1 });
  });
});

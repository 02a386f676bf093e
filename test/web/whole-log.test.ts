import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '#contract/bytes.ts';
import { toDidKey } from '#contract/did-key.ts';
import { formatVerifierKey } from '#contract/signed-note.ts';
import { parseTlogProof } from '#contract/tlog-proof.ts';
import { receiptOf } from '../../web/ledger/receipt.ts';
import { sha256 } from '../../web/ledger/whole-log/arithmetic.ts';
import type { FromVerifier, KeptLog } from '../../web/ledger/whole-log/messages.ts';
import { WholeLogCheck } from '../../web/ledger/whole-log/whole-log-check.ts';
import { author, type Files, filesOf, flip, leavesOf, logKey } from '../server/verification/built-log.ts';
import { signedLog } from './signed-log.ts';

const server = toDidKey(author.publicKey);
/** A community that begins, and then things of kinds that these rules do not know. */
const story = [
  {
    body: {
      id: 'joined',
      stream: 'agent/here',
      type: 'agent.joined',
      v: 1,
      data: { agent: 'here', kind: 'community', name: 'Here' },
    },
  },
  {
    body: {
      id: 'enrolled',
      stream: 'agent/here',
      type: 'key.enrolled',
      v: 1,
      data: { agent: 'here', key: server, purpose: 'server' },
    },
  },
  ...Array.from({ length: 598 }, (_, at) => ({
    body: { id: `later-${at}`, stream: `thing/${at % 7}`, type: 'thing.seen', v: 1, data: { at } },
  })),
];
const leaves = leavesOf(story);

function served(count: number, change: (files: Files) => void = () => undefined): Files {
  const files = filesOf(leaves.slice(0, count));
  files.set('policy', utf8(`log ${formatVerifierKey(sha256, logKey)}\nquorum none\n`));
  change(files);
  return files;
}

const noteOf = (files: Files) => fromUtf8(files.get('checkpoint') ?? new Uint8Array());

/** The worker's own code without a worker. */
function open(first: Files) {
  let files = first;
  const news: FromVerifier[] = [];
  const check = new WholeLogCheck(
    async (path) => files.get(path)?.slice(),
    (one) => news.push(one),
  );
  const answer = () => news.findLast(({ kind }) => kind !== 'progress');
  return {
    news,
    async verify(kept?: KeptLog) {
      await check.hear({ kind: 'verify', ...(kept === undefined ? {} : { kept }) });
      return answer();
    },
    async advance(next: Files) {
      files = next;
      await check.hear({ kind: 'advance' });
      return answer();
    },
  };
}

const kept: KeptLog = { verifierKey: formatVerifierKey(sha256, logKey), note: noteOf(served(300)) };

describe('the whole ledger, verified in the page', () => {
  it('is verified by the key that it names, and says what was checked', async () => {
    expect(await open(served(300)).verify()).toEqual({
      kind: 'verified',
      log: {
        ...kept,
        origin: logKey.name,
        size: 300,
        root: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
        trust: 'own',
        witnesses: [],
        signatures: 300,
        unknown: 298,
      },
    });
  });

  it('counts an entry when its signature is checked, and never backwards', async () => {
    const log = open(served(300));
    await log.verify();
    const seen = log.news.flatMap((one) => (one.kind === 'progress' ? [one.progress] : []));
    const counts = seen.map(({ done }) => done);
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
    expect(new Set(counts).size).toBeGreaterThan(8);
    expect(seen.at(-1)).toEqual({ phase: 'root', done: 300, total: 300 });
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(['checkpoint', 'entries', 'root']);
  });

  it('goes on as the ledger grows', async () => {
    const log = open(served(300));
    await log.verify();
    expect(await log.advance(served(310))).toMatchObject({
      kind: 'verified',
      log: { size: 310, signatures: 310 },
    });
    const broken = served(520, (files) => {
      const bundle = files.get('tile/entries/001') ?? new Uint8Array();
      files.set('tile/entries/001', flip(bundle.length - 20)(Uint8Array.from(bundle)));
    });
    expect(await log.advance(broken)).toMatchObject({
      kind: 'fault',
      found: { fault: 'changed-entry', index: 511 },
    });
    // What broke off is read again from the first entry, and must have grown from what was verified last.
    expect(await log.advance(served(520))).toMatchObject({
      kind: 'verified',
      log: { size: 520, trust: 'given' },
    });
  });

  it('must have grown from what this browser remembers', async () => {
    expect(await open(served(400)).verify(kept)).toMatchObject({ log: { size: 400, trust: 'given' } });
    const gone = served(200);
    expect(await open(gone).verify(kept)).toEqual({
      kind: 'fault',
      found: {
        fault: 'rollback',
        reason: expect.stringContaining('300'),
        evidence: { older: kept.note, newer: noteOf(gone) },
      },
    });
  });

  it('is judged by the rules of the commons', async () => {
    const strange = { agent: 'nobody', key: server, purpose: 'person' };
    const body = { id: 'x', stream: 'agent/nobody', type: 'key.enrolled', v: 1, data: strange };
    const files = filesOf(leavesOf([...story.slice(0, 2), { body }]));
    files.set('policy', served(1).get('policy') ?? new Uint8Array());
    expect(await open(files).verify()).toMatchObject({ found: { fault: 'broken-rule', index: 2 } });
  });

  it('says so where what is remembered cannot be used, and accuses nobody', async () => {
    const answer = await open(served(3)).verify({ verifierKey: 'nonsense', note: '' });
    expect(answer).toEqual({ kind: 'failed', words: 'this is not a verifier key' });
  });
});

describe('a receipt', () => {
  it('holds the proof of one entry as C2SP tlog-proof writes it', () => {
    const { proof } = signedLog();
    const receipt = parseTlogProof(receiptOf(proof));
    expect(receipt).toMatchObject({ index: proof.index, checkpoint: proof.checkpoint });
    expect(receipt.hashes).toHaveLength(proof.hashes.length);
  });
});

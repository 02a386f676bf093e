import { describe, expect, it } from 'vitest';
import { toDidKey } from '#contract/did-key.ts';
import { BRIDGE_KEY, hashOf, keyOf, SERVER_KEY, uuid } from '../small-community.ts';
import { ForgedLedger, PHONE, SECOND_SERVER } from './forged-ledger.ts';

type Forgery = readonly [what: string, forge: (ledger: ForgedLedger) => void, fault: RegExp];

const id = uuid(0xfff_fff);
const last = (ledger: ForgedLedger) => ledger.find('job.started', -1);

const agents: readonly Forgery[] = [
  ['a name taken by another', (one) => one.repeat('agent.joined', 2, last(one)), /was so already/],
  [
    'a stranger under a known id',
    (one) =>
      one.insertAfter(last(one), 'agent.joined', 'agent/visitor', {
        ...{ agent: 'visitor', kind: 'person', name: 'Mallory' },
      }),
    /already used by/,
  ],
  [
    'a key that anybody can sign for',
    (one) => one.change('key.enrolled', 1, { key: toDidKey(new Uint8Array(32)) }),
    /no usable/,
  ],
  ["another's key", (one) => one.change('key.enrolled', 1, { key: BRIDGE_KEY }), /something else/],
  [
    "a bridge's key without its lab",
    (one) => one.change('key.enrolled', 1, { key: keyOf('x'), purpose: 'bridge' }),
    /by pairing/,
  ],
  [
    'a revoked key that comes back',
    (one) =>
      one.insertAfter(last(one), 'key.enrolled', 'agent/community', {
        ...{ agent: 'community', key: SERVER_KEY, purpose: 'server' },
      }),
    /cannot come back/,
  ],
  [
    'what another gave',
    (one) => one.changeEvent('contribution.logged', 0, { provider: 'lab' }),
    /what lab gave, not visitor/,
  ],
];

const signatures: readonly Forgery[] = [
  ['nobody', (one) => one.sign('job.offered', -1, []), /no key of the server/],
  ['a stranger', (one) => one.sign('job.offered', -1, [keyOf('mallory')]), /no key of the server/],
  [
    'a key that had ended',
    (one) => one.sign('job.offered', -1, [SECOND_SERVER, SERVER_KEY]),
    /had ended before/,
  ],
  ['a key before it counts', (one) => one.sign('order.placed', 0, [SECOND_SERVER]), /no key of the server/],
  [
    'another key before the first was enrolled',
    (one) => one.sign('rulepack.adopted', 0, [keyOf('mallory')]),
    /entries before it/,
  ],
  [
    'the server without the machine',
    (one) => one.sign('job.started', 0, [SERVER_KEY]),
    /bridge that was paired/,
  ],
  [
    'another bridge',
    (one) => one.sign('job.finished', 0, [keyOf('mallory'), SERVER_KEY]),
    /bridge that was paired/,
  ],
  [
    'the server in the name of a person',
    (one) => one.sign('contribution.logged', 0, [SERVER_KEY]),
    /no key of visitor/,
  ],
  ['nobody, for a person', (one) => one.sign('contribution.logged', 0, []), /no key of visitor/],
  ['nobody, for a machine', (one) => one.sign('job.prepared', 0, []), /bridge that was paired/],
  [
    'the bridge alone, where its word does not suffice',
    (one) => one.sign('job.offered', 0, [BRIDGE_KEY]),
    /no key of the server/,
  ],
  [
    'a new key that the old one did not choose',
    (one) => one.sign('key.enrolled', -1, [SECOND_SERVER]),
    /no key of the server/,
  ],
  [
    'a first key that came later',
    (one) => one.change('key.enrolled', 0, { key: keyOf('mallory') }),
    /has not signed every entry before/,
  ],
];

const places: readonly Forgery[] = [
  [
    'rules in another currency',
    (one) => {
      const { rulePack } = one.find('rulepack.adopted').body.data;
      const data = { community: 'community', rulePack: { ...Object(rulePack), version: 2, currency: 'USD' } };
      one.insertAfter(last(one), 'rulepack.adopted', 'community/community', data);
    },
    /same currency/,
  ],
  ['a lab that was opened before', (one) => one.repeat('lab.opened', 0, last(one)), /was so already/],
  [
    'a machine of no lab',
    (one) => {
      one.change('machine.added', 1, { lab: 'elsewhere' });
      one.find('machine.added', 1).body.stream = 'lab/elsewhere';
    },
    /no lab "elsewhere"/,
  ],
  ['an older count of the stock', (one) => one.repeat('stock.counted', 0, last(one)), /was so already/],
  [
    'the end of a bridge that it never was',
    (one) =>
      one.insertAfter(last(one), 'bridge.revoked', 'lab/lab', {
        ...{ lab: 'lab', key: keyOf('mallory'), by: 'visitor', reason: 'x' },
      }),
    /not the key of the bridge/,
  ],
  ['a version out of turn', (one) => one.change('design.published', 0, { number: 2 }), /version 1/],
  [
    'a contributor who never joined',
    (one) =>
      one.change('design.published', 0, { contributors: [{ agent: 'mallory', name: 'M', weight: 1 }] }),
    /could have contributed/,
  ],
];

const orders: readonly Forgery[] = [
  ['of a stranger', (one) => one.change('order.placed', 1, { by: 'mallory' }), /no agent "mallory"/],
  ['of no version', (one) => one.change('order.placed', 1, { version: hashOf('x') }), /no such version/],
  ['placed again', (one) => one.repeat('order.placed', 1, last(one)), /placed before/],
  ['in the stream of another', (one) => forgeStream(one, 'order.placed'), /stands in the stream/],
  [
    'with more than it can hold',
    (one) => one.change('order.placed', 1, { more: 1 }),
    /not that of order.placed/,
  ],
  ['by other rules', (one) => one.change('order.evaluated', 1, { rulePackVersion: 2 }), /version 1, not 2/],
  [
    'for a price that is not its lines',
    (one) => forgePrice(one, { total: { minor: '1', currency: 'EUR' } }),
    /do not add up/,
  ],
  [
    'with less for the design',
    (one) => forgePrice(one, { lines: moveMinor(one, 'design', 'work') }),
    /what the rules give them/,
  ],
  [
    'whose jobs cost something else',
    (one) => forgePrice(one, { lines: moveMinor(one, 'machine', 'work') }, 'job.opened'),
    /costs of the jobs for machine/,
  ],
  ['with a job out of turn', (one) => one.change('job.opened', 3, { number: 1 }), /does not follow/],
  ['with a job left out', (one) => one.drop('job.opened', 3), /not all jobs of its order are open yet/],
  [
    'given up while a machine runs',
    (one) => {
      const { order } = one.find('order.placed', 1).body.data;
      const data = { order, by: 'visitor', reason: 'x' };
      one.insertAfter(last(one), 'order.cancelled', `order/${order}`, data);
    },
    /job 1 of the order is made/,
  ],
];

const jobs: readonly Forgery[] = [
  [
    'offered under a used fence',
    (one) => one.change('job.offered', 2, { fence: 1 }),
    /the last one .* was 1/,
  ],
  [
    'offered to no machine',
    (one) => one.change('job.offered', 2, { machine: 'laser' }),
    /no machine lab\/laser/,
  ],
  [
    'offered as an attempt that was',
    (one) => one.change('job.offered', 3, { execution: one.find('job.offered', 2).body.data.execution }),
    /offered before/,
  ],
  ['taken as another attempt', (one) => one.change('job.taken', 0, { execution: id }), /another attempt/],
  ['taken by a stranger', (one) => one.change('job.taken', 0, { by: 'mallory' }), /no agent "mallory"/],
  ['started twice', (one) => one.repeat('job.started', -1, last(one)), /the job is running/],
  ['made and never started', (one) => forgeDropStart(one), /the job is preparing/],
  ['started under another fence', (one) => one.change('job.started', 0, { fence: 9 }), /another attempt/],
  ['failed without its start', (one) => one.change('job.failed', 0, { started: false }), /was started/],
  [
    'wanted again after it was made',
    (one) => {
      const { job, execution } = one.find('job.finished').body.data;
      const data = { job, execution, by: 'visitor', reason: 'x' };
      one.insertAfter(last(one), 'job.released', `job/${job}`, data);
    },
    /the job is made/,
  ],
  [
    'that nobody opened',
    (one) =>
      one.insertAfter(last(one), 'job.cancelled', `job/${id}`, { job: id, by: 'visitor', reason: 'x' }),
    /no job .* that could still change/,
  ],
  [
    'of a lab that takes jobs by hand',
    (one) => {
      one.change('lab.opened', 0, { consent: 'by-hand' });
      one.at = one.find('job.taken').index;
    },
    /by hand only/,
  ],
];

const money: readonly Forgery[] = [
  ['more material than was used', (one) => forgeQuantity(one, '2'), /amount is not the one/],
  [
    'a made part of nobody',
    (one) => one.changeEvent('event.recorded', 3, { provider: 'visitor' }),
    /provider/,
  ],
  ['work left out', (one) => one.drop('event.recorded', 2), /it should say "work"/],
  ['a part too many', (one) => one.repeat('event.recorded', 3, last(one)), /nothing before it led to it/],
  [
    'an order completed too early',
    (one) => {
      const { order } = one.find('order.placed', 1).body.data;
      one.insertAfter(last(one), 'order.completed', `order/${order}`, { order });
    },
    /nothing before it led to it/,
  ],
  ['less than the price', (one) => forgeIncome(one, { minor: '1', currency: 'EUR' }), /not the price/],
  [
    'the price from another',
    (one) => one.changeEvent('income.received', 0, { provider: 'lab' }),
    /from who ordered/,
  ],
  ['shares that do not add up', (one) => forgeShare(one, 0, { minor: '1' }), /the shares add up to/],
  [
    'the share of another',
    (one) => forgeShare(one, 0, { agent: 'visitor' }),
    /not those that the rules give/,
  ],
  ['a transfer to another', (one) => forgeTransfer(one, { receiver: 'visitor' }), /not those of the shares/],
  ['no sharing', (one) => one.drop('distribution.run'), /distribution.run had to follow/],
  ['sharing twice', (one) => one.repeat('distribution.run', 0, last(one)), /nothing before it led to it/],
  [
    'other rules',
    (one) => one.change('distribution.run', 0, { rulePackVersion: 2 }),
    /other rules than those of the order/,
  ],
];

function forgeStream(ledger: ForgedLedger, type: string): void {
  const entry = ledger.find(type, 1);
  entry.body.stream = ledger.find(type, 0).body.stream;
  ledger.at = entry.index;
}

function forgePrice(ledger: ForgedLedger, change: object, foundAt = 'order.evaluated'): void {
  const { price } = ledger.find('order.evaluated', 1).body.data;
  ledger.change('order.evaluated', 1, { price: { ...Object(price), ...change } });
  ledger.at = ledger.find(foundAt, foundAt === 'job.opened' ? 3 : 1).index;
}

function moveMinor(ledger: ForgedLedger, from: string, to: string): { kind: string; minor: string }[] {
  const { lines } = Object(ledger.find('order.evaluated', 1).body.data.price);
  const change = (kind: string) => (kind === from ? -1 : Number(kind === to));
  return lines.map(({ kind, minor }: { kind: string; minor: string }) => ({
    ...{ kind, minor: String(Number(minor) + change(kind)) },
  }));
}

/** The start is left out; the bridge's end of the run then has nothing before it. */
function forgeDropStart(ledger: ForgedLedger): void {
  ledger.drop('job.started', 0);
  ledger.at = ledger.find('job.finished', 0).index;
}

function forgeQuantity(ledger: ForgedLedger, value: string): void {
  ledger.changeEvent('event.recorded', 0, { resourceQuantity: { value, unit: 'sheet' } });
}

function forgeIncome(ledger: ForgedLedger, paid: object): void {
  ledger.changeEvent('income.received', 0, { money: paid });
}

function forgeList(ledger: ForgedLedger, name: 'shares' | 'events', at: number, change: object): void {
  const list: object[] = Object(ledger.find('distribution.run').body.data)[name];
  ledger.change('distribution.run', 0, {
    [name]: list.map((item, n) => (n === at ? { ...item, ...change } : item)),
  });
}

const forgeShare = (ledger: ForgedLedger, at: number, change: object) =>
  forgeList(ledger, 'shares', at, change);
const forgeTransfer = (ledger: ForgedLedger, change: object) => forgeList(ledger, 'events', 0, change);

describe('the audit of an honest ledger', () => {
  it('finds nothing', () => {
    expect(new ForgedLedger().verdict()).toBeUndefined();
    expect(PHONE).not.toBe(SERVER_KEY);
  });
});

describe.each([
  ['agents and keys', agents],
  ['who signed', signatures],
  ['the charter, labs and designs', places],
  ['an order', orders],
  ['a job', jobs],
  ['material and money', money],
])('a forgery about %s is found where it stands', (_noun, forgeries) => {
  it.each(forgeries)('%s', (_what, forge, fault) => {
    const ledger = new ForgedLedger();
    forge(ledger);
    expect(ledger.verdict()).toEqual({ at: ledger.at, fault: expect.stringMatching(fault) });
  });
});

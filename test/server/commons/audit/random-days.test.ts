import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enrolKey, revokeKey, takeServerKey } from '../../../../server/commons/agents/enrol-key.ts';
import { createAudit } from '../../../../server/commons/audit/audit.ts';
import type { AuditedEntry } from '../../../../server/commons/audit/audited-entry.ts';
import { pairBridge, revokeBridge } from '../../../../server/commons/facilities/open-lab.ts';
import { cancelJob } from '../../../../server/commons/jobs/end-job.ts';
import { life, live } from '../random-life.ts';
import { keyOf, smallCommunity } from '../small-community.ts';

function faultsIn(entries: readonly AuditedEntry[]): string[] {
  const audit = createAudit();
  return entries.flatMap((entry) => {
    const fault = audit.judge(entry);
    return fault === undefined ? [] : [`${entry.index} ${entry.body.type}: ${fault}`];
  });
}

describe('the audit', () => {
  it('finds nothing wrong in whatever people, machines and the network do', () => {
    let shared = 0;
    fc.assert(
      fc.property(life, (days) => {
        const there = live(days);
        expect(faultsIn(there.entries)).toEqual([]);
        shared += there.entries.filter(({ body }) => body.type === 'distribution.run').length;
      }),
    );
    expect(shared).toBeGreaterThan(0);
  });

  it('finds nothing wrong when keys come and go as they should', () => {
    const there = smallCommunity();
    const { state } = there;
    const job = there.placeStool().jobs[1] ?? '';
    there.do((context) =>
      enrolKey(state, { agent: 'visitor', key: keyOf('phone'), purpose: 'person' }, context),
    );
    there.do((context) =>
      revokeKey(state, { agent: 'visitor', key: keyOf('phone'), reason: 'lost' }, context),
    );
    const former = there.serverKey;
    there.serverKey = keyOf('second server');
    const signEarlier = () => ({ kid: former, sig: 'c2ln' });
    const wish = { community: 'community', key: there.serverKey, signEarlier };
    there.do((context) => takeServerKey(state, wish, context));
    const execution = there.start(job);
    const stopped = { execution, fence: 1, line: 10 };
    there.do((context) => cancelJob(state, { job, by: 'lab', reason: 'smoke', stopped }, context));
    there.do((context) => pairBridge(state, { lab: 'lab', key: keyOf('second bridge') }, context));
    there.do((context) => revokeBridge(state, { lab: 'lab', by: 'visitor', reason: 'sold' }, context));
    expect(faultsIn(there.entries)).toEqual([]);
  });

  it('counts what it has seen, and leaves entries alone that it does not know', () => {
    const there = smallCommunity();
    for (const job of there.placeStool().jobs) there.make(job);
    const audit = createAudit();
    for (const entry of there.entries) expect(audit.judge(entry)).toBeUndefined();
    const [last] = there.entries.slice(-1);
    const body = { id: there.id(), stream: 'garden/1', type: 'garden.planted', v: 1, data: {} };
    const strange = { index: there.entries.length, log: { time: 0 }, sigs: last?.sigs ?? [], body };
    expect(audit.judge(strange)).toBeUndefined();
    expect(audit.summary()).toEqual({
      ...{ entries: there.entries.length + 1, unknown: 1, faults: 0, owed: 0 },
      ...{ ordersPlaced: 1, ordersCompleted: 1, jobsMade: 2, sharedMinor: '15573' },
    });
  });
});

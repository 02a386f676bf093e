import { describe, expect, it } from 'vitest';
import { defaultRankingWeights } from '#contract/manufacturing.ts';
import { createAudit } from '../../../server/commons/audit/audit.ts';
import { setRanking } from '../../../server/commons/charter/set-ranking.ts';
import { countStock, describeMachine, openLab } from '../../../server/commons/facilities/open-lab.ts';
import { placeOrder } from '../../../server/commons/orders/place-order.ts';
import { requirementOf } from '../../../server/commons/orders/requirement.ts';
import { createRouting } from '../../../server/matching/routing.ts';
import { pla, platePiece, plywood, printer, router, smallCommunity } from '../commons/small-community.ts';

const lyon = { latitudeUdeg: 45_760_000, longitudeUdeg: 4_840_000 };
const paris = { latitudeUdeg: 48_860_000, longitudeUdeg: 2_350_000 };

/** The small community and a second lab, which says where it is. */
function twoLabs() {
  const there = smallCommunity();
  const { state } = there;
  const second = { lab: 'paris', name: 'Paris', place: 'Paris', position: paris, by: 'visitor' };
  there.do((context) => openLab(state, { ...second, consent: 'automatic', bedClear: 'automatic' }, context));
  for (const description of [router, printer])
    there.do((context) => describeMachine(state, { lab: 'paris', description }, context));
  there.do((context) => countStock(state, { lab: 'paris', lots: [plywood, pla], countedAt: 1 }, context));
  return there;
}

const firstLab = (there: ReturnType<typeof twoLabs>, destination?: typeof lyon) =>
  createRouting(there.state, () => true).route(requirementOf(platePiece), undefined, { destination })
    .candidates[0]?.lab;

describe('routing by the state of the ledger', () => {
  it('prefers the lab near the destination, by the weights that the community has adopted', () => {
    const there = twoLabs();
    expect([firstLab(there), firstLab(there, lyon)]).toEqual(['lab', 'paris']);
    const ranking = { ...defaultRankingWeights, distancePer100Km: 0 };
    const types = there.do((context) => setRanking(there.state, { ranking }, context));
    expect(types).toEqual(['rulepack.adopted']);
    expect(firstLab(there, lyon)).toBe('lab');
    expect(there.do((context) => setRanking(there.state, { ranking }, context))).toEqual([]);
    expect(there.state.charter.rulePacks.map(({ version }) => version)).toEqual([1, 2]);
  });

  it("writes an order's destination on a grid too coarse to find a house, and ranks its jobs by it", () => {
    const there = twoLabs();
    const order = there.id();
    const destination = { latitudeUdeg: 48_858_370, longitudeUdeg: 2_294_481 };
    there.do((context) => placeOrder(there.state, { ...there.stoolOrder(order), destination }, context));
    expect(there.state.orders.get(order)?.placed.destination).toEqual({
      latitudeUdeg: 48_860_000,
      longitudeUdeg: 2_290_000,
    });
    const [job] = there.state.orders.get(order)?.jobs ?? [];
    const opened = there.state.jobs.all.get(job ?? '')?.opened;
    if (opened === undefined) throw new Error('the order has a job');
    const { candidates } = there.routing(opened.requirement, job);
    expect(candidates.map(({ lab, terms }) => [lab, terms.distance?.measure])).toEqual([
      ['paris', 4.4],
      ['lab', 500],
    ]);
  });

  it('plans the jobs that wait over the machines that are free, and keeps what is taken', () => {
    const there = twoLabs();
    const { jobs } = there.placeStool(2);
    const free = ['lab/router', 'lab/printer', 'paris/router', 'paris/printer'];
    const planned = () =>
      createRouting(there.state, () => true)
        .plan([...there.state.jobs.open], new Set(free))
        .map(({ lab, machine }) => `${lab}/${machine}`)
        .sort();
    expect(planned()).toEqual([...free].sort());
    there.giveToMachine(jobs[0] ?? '');
    // The router of the lab has a job now and another one has dropped out: the rest is planned anew.
    free.splice(0, free.length, 'lab/printer', 'paris/printer');
    expect(planned()).toEqual(['lab/printer', 'paris/printer']);
  });

  it('leaves a ledger that the audit of all entries finds no fault in', () => {
    const there = twoLabs();
    there.do((context) => setRanking(there.state, { ranking: defaultRankingWeights }, context));
    const order = there.id();
    there.do((context) =>
      placeOrder(there.state, { ...there.stoolOrder(order), destination: lyon }, context),
    );
    const audit = createAudit();
    expect(there.entries.map((entry) => audit.judge(entry)).filter(Boolean)).toEqual([]);
  });
});

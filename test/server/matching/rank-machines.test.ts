import { describe, expect, it } from 'vitest';
import {
  defaultRankingWeights,
  type MachineDescription,
  Refusal,
  type Requirement,
  type StockLot,
} from '#contract/manufacturing.ts';
import { rankMachines } from '../../../server/matching/rank-machines.ts';
import { idleMachine, type MachineLoad, type RankedLab } from '../../../server/matching/ranked-lab.ts';
import type { RankedBy } from '../../../server/matching/ranking-terms.ts';
import { pla, plywood, printer, router } from '../commons/small-community.ts';

const sheet: Requirement = {
  process: 'cut',
  material: 'plywood',
  thicknessUm: 18_000,
  sheet: { lengthMm: 2440, widthMm: 1220 },
  narrowestOpeningUm: 8_000,
};
const plate: Requirement = {
  process: 'print',
  material: 'PLA',
  size: { xUm: 200_000, yUm: 100_000, zUm: 50_000 },
  materialMg: 40_000,
};

const lab = (
  name: string,
  machines: MachineDescription[],
  stock: StockLot[] = [plywood, pla],
): RankedLab => ({ lab: name, machines, stock });

type Load = Partial<MachineLoad>;

function rank(
  requirement: Requirement,
  labs: RankedLab[],
  loads: Record<string, Load> = {},
  by: Partial<RankedBy> = {},
) {
  return rankMachines({
    ...{ requirement, labs, weights: defaultRankingWeights, ...by },
    isOnline: (_lab, machine) => machine !== 'unplugged',
    loadOf: (name, machine) => ({ ...idleMachine, ...loads[`${name}/${machine}`] }),
  });
}

const firstRefusal = (requirement: Requirement, machine: MachineDescription, stock?: StockLot[]) =>
  rank(requirement, [lab('lab', [machine], stock)]).refusals[0];

describe('why a machine cannot do a job', () => {
  const smallBed = (xMm: number, yMm: number) => ({ ...router, envelope: { xMm, yMm, zMm: 100 } });
  const box = (xMm: number, yMm: number, zMm: number) => ({ ...printer, envelope: { xMm, yMm, zMm } });
  const cutter = (diameterUm: number) => ({ ...router, cutter: { name: 'cutter', diameterUm } });
  const { cutter: _cutter, ...withoutCutter } = router;

  it.each<[string, Requirement, MachineDescription, StockLot[] | undefined, string]>([
    [
      'a printer is asked to cut',
      sheet,
      printer,
      undefined,
      'needs a machine that can cut; this one can print',
    ],
    [
      'a material is not worked',
      { ...plate, material: 'ABS' },
      printer,
      undefined,
      'does not work ABS, only PLA, PETG',
    ],
    ['the bed is short', sheet, smallBed(2420, 1250), undefined, 'bed 20 mm too short in X'],
    ['the bed is narrow', sheet, smallBed(2500, 1200), undefined, 'bed 20 mm too short in Y'],
    ['the bed lies the other way', sheet, smallBed(1200, 2500), undefined, 'bed 20 mm too short in X'],
    ['the plate is high', plate, box(220, 220, 45), undefined, 'build space 5 mm too short in Z'],
    [
      'the cutter is thick',
      sheet,
      cutter(8_500),
      undefined,
      'cutter of 8.5 mm is 0.5 mm too wide for an opening of 8 mm',
    ],
    [
      'layers are thicker than the nozzle lays',
      { ...plate, layerHeightUm: 350 },
      printer,
      undefined,
      'nozzle of 0.4 mm is too narrow for layers of 0.35 mm',
    ],
    [
      'sizes have to be closer than it keeps them',
      { ...sheet, toleranceUm: 100 },
      { ...router, toleranceUm: 250 },
      undefined,
      'keeps sizes within ±0.25 mm; ±0.1 mm needed',
    ],
    [
      'nobody said how closely it keeps sizes',
      { ...sheet, toleranceUm: 100 },
      router,
      undefined,
      'does not state its tolerance',
    ],
    ['nobody said how wide the cutter is', sheet, withoutCutter, undefined, 'does not state its cutter'],
    ['there is no sheet', sheet, router, [pla], 'no 18 mm plywood in stock'],
    [
      'there are other sheets',
      sheet,
      router,
      [{ ...plywood, thicknessUm: 15_000 } as StockLot, { ...plywood, thicknessUm: 12_000 } as StockLot],
      'no 18 mm plywood in stock, but 12 mm, 15 mm',
    ],
    [
      'sheets are used up',
      sheet,
      router,
      [{ ...plywood, form: 'sheet', sheets: 0 } as StockLot],
      'no 18 mm plywood in stock',
    ],
    [
      'sheets are small',
      sheet,
      router,
      [{ ...plywood, lengthMm: 1220 } as StockLot],
      '18 mm plywood in stock only as 1220 × 1220 mm; 2440 × 1220 mm needed',
    ],
    ['there is no spool', plate, printer, [plywood], 'no PLA in stock'],
    [
      'a spool is nearly empty',
      plate,
      printer,
      [{ ...pla, massMg: 12_340 } as StockLot],
      'only 12.4 g of PLA on a spool, 40 g needed',
    ],
    [
      'it is not connected',
      plate,
      { ...printer, machine: 'unplugged' },
      undefined,
      'the machine is not connected now',
    ],
  ])('%s', (_case, requirement, machine, stock, sentence) => {
    expect(firstRefusal(requirement, machine, stock)?.sentence).toBe(sentence);
  });

  it('names the first failing constraint in the order process, material, size, cutter, stock, connection', () => {
    const wrongInAll = {
      ...smallBed(100, 100),
      machine: 'unplugged',
      cutter: { name: 'c', diameterUm: 9_000 },
    };
    const steps: [MachineDescription, StockLot[]][] = [
      [{ ...wrongInAll, process: 'print', materials: ['PLA'] }, []],
      [{ ...wrongInAll, materials: ['MDF'] }, []],
      [wrongInAll, []],
      [{ ...wrongInAll, envelope: router.envelope }, []],
      [{ ...router, machine: 'unplugged' }, []],
      [{ ...router, machine: 'unplugged' }, [plywood]],
    ];
    expect(steps.map(([machine, stock]) => firstRefusal(sheet, machine, stock)?.code)).toEqual([
      ...['wrong-process', 'material-not-worked', 'too-small', 'cutter-too-wide', 'out-of-stock', 'offline'],
    ]);
  });

  it('does not ask a machine again that declined this job', () => {
    const declined = {
      ...lab('lab', [router]),
      declinedMachines: [{ machine: 'router', reason: 'blade is blunt' }],
    };
    expect(rank(sheet, [declined])).toMatchObject({
      candidates: [],
      refusals: [{ code: 'declined', reason: 'blade is blunt' }],
    });
  });

  it('lets a job through that fits exactly, turned by a quarter where needed', () => {
    expect(firstRefusal(sheet, smallBed(1220, 2440))).toBeUndefined();
    expect(firstRefusal(plate, box(100, 200, 50))).toBeUndefined();
    expect(firstRefusal({ ...sheet, narrowestOpeningUm: 6_000 }, cutter(6_000))).toBeUndefined();
    expect(firstRefusal({ ...sheet, narrowestOpeningUm: 0 }, cutter(12_000))).toBeUndefined();
  });

  it('tells of one machine everything that is missing, along each axis', () => {
    const wrong = { ...smallBed(2420, 1200), machine: 'unplugged' };
    const [refusal] = rank(sheet, [lab('lab', [wrong], [])]).refusals;
    expect(Refusal.safeParse(refusal).success).toBe(true);
    expect([refusal, ...(refusal?.further ?? [])].map((one) => one?.sentence)).toEqual([
      'bed 20 mm too short in X',
      'bed 20 mm too short in Y',
      'no 18 mm plywood in stock',
      'the machine is not connected now',
    ]);
  });

  it('tells of a machine of another kind only that it is one', () => {
    const [refusal] = rank(sheet, [lab('lab', [{ ...printer, machine: 'unplugged' }], [])]).refusals;
    expect(refusal?.further).toBeUndefined();
  });

  it('lists the nearest first: who waits for something, then who misses little, then who misses much', () => {
    const machines: [string, MachineDescription, StockLot[]?][] = [
      ['a', printer],
      ['b', { ...router, materials: ['MDF'] }],
      ['c', smallBed(1200, 600)],
      ['d', smallBed(2400, 1250)],
      ['e', smallBed(2430, 1250)],
      ['f', cutter(8_500)],
      ['g', router, [pla]],
      ['h', { ...router, machine: 'unplugged' }],
    ];
    const labs = machines.map(([name, machine, stock]) => lab(name, [machine], stock));
    const { candidates, refusals } = rank(sheet, labs);
    expect(candidates).toEqual([]);
    expect(refusals.map((one) => one.lab)).toEqual(['h', 'g', 'f', 'e', 'd', 'c', 'b', 'a']);
    expect(refusals.filter((one) => one.isNearMiss).map((one) => one.lab)).toEqual(['f', 'e', 'd']);
  });

  it('calls it a near miss where nothing but one small thing is missing, and never gives it the job', () => {
    const fifteen = [{ ...plywood, thicknessUm: 15_000 } as StockLot];
    const isNear = (machine: MachineDescription, stock?: StockLot[], requirement = sheet) => {
      const { candidates, refusals } = rank(requirement, [lab('lab', [machine], stock)]);
      expect(candidates).toEqual([]);
      return refusals[0]?.isNearMiss ?? false;
    };
    expect([isNear(smallBed(2420, 1250)), isNear(router, fifteen), isNear(withoutCutter)]).toEqual([
      ...[true, true, true],
    ]);
    const twice: Requirement = { ...sheet, toleranceUm: 100 };
    expect([200, 201].map((toleranceUm) => isNear({ ...router, toleranceUm }, undefined, twice))).toEqual([
      ...[true, false],
    ]);
    // Two small things are not one, and what will pass is no miss.
    expect(isNear(smallBed(2420, 1250), fifteen)).toBe(false);
    expect(isNear(smallBed(2420, 1200))).toBe(false);
    expect(isNear(smallBed(1220, 1250))).toBe(false);
    expect(isNear({ ...router, machine: 'unplugged' })).toBe(false);
  });
});

describe('who is asked first', () => {
  const named = (machine: string, xMm = 220) => ({
    ...printer,
    machine,
    envelope: { ...printer.envelope, xMm },
  });
  const order = (labs: RankedLab[], loads?: Record<string, Load>, by?: Partial<RankedBy>) =>
    rank(plate, labs, loads, by).candidates.map(({ lab: name, machine }) => `${name}/${machine}`);
  const half = { jobs: 1, seconds: 1_800 };

  it('is the machine with less work before it, then the one that the job fills better', () => {
    const labs = [lab('a', [named('large', 400), named('small'), named('busy')])];
    expect(order(labs, { 'a/busy': half })).toEqual(['a/small', 'a/large', 'a/busy']);
  });

  it('is the same whatever the order in which labs and machines are listed', () => {
    const machines = [named('p1'), named('p2')];
    const expected = ['a/p1', 'a/p2', 'b/p1', 'b/p2'];
    expect(order([lab('b', machines), lab('a', [...machines].reverse())])).toEqual(expected);
    expect(order([lab('a', machines), lab('b', machines)])).toEqual(expected);
  });

  const at = (latitude: number, longitude: number) => ({
    latitudeUdeg: latitude * 1_000_000,
    longitudeUdeg: longitude * 1_000_000,
  });
  const lyon = at(45.76, 4.84);

  it('is the lab that is nearer; one that does not say where it is counts as far away', () => {
    const labs = [
      { ...lab('berlin', [named('p')]), position: at(52.52, 13.4) },
      lab('nowhere', [named('p')]),
      { ...lab('paris', [named('p')]), position: at(48.86, 2.35) },
    ];
    expect(order(labs, {}, { target: lyon })).toEqual(['paris/p', 'nowhere/p', 'berlin/p']);
    expect(order(labs)).toEqual(['berlin/p', 'nowhere/p', 'paris/p']);
  });

  it('is the lab that got less of the recent work, and the machine that fails less often', () => {
    const labs = [
      { ...lab('a', [named('p')]), share: 0.9 },
      { ...lab('b', [named('p')]), share: 0.1 },
    ];
    expect(order(labs)).toEqual(['b/p', 'a/p']);
    const record = { 'a/p': { made: 20, failed: 0 }, 'b/p': { made: 2, failed: 18 } };
    expect(order([lab('a', [named('p')]), lab('b', [named('p')])], record)).toEqual(['a/p', 'b/p']);
    expect(
      order([lab('a', [named('p')]), lab('b', [named('p')])], { 'b/p': { made: 9, failed: 0 } }),
    ).toEqual([...['b/p', 'a/p']]);
  });

  it('is the lab that need not cut a larger sheet than the job asks for', () => {
    const large = { ...plywood, lengthMm: 3050, widthMm: 1525 } as StockLot;
    const labs = [lab('a', [router], [large]), lab('b', [router])];
    const { candidates } = rank(sheet, labs, {}, { sheetMinorPerM2: () => 2_800 });
    expect(candidates.map((one) => [one.lab, one.terms.cost])).toEqual([
      ['b', { measure: 0, points: 0 }],
      ['a', { measure: 4_688, points: 46.88 }],
    ]);
  });

  it('follows the weights that the community has set, and shows every point', () => {
    const labs = [
      { ...lab('near', [named('p')]), position: at(45.8, 4.9) },
      { ...lab('far', [named('p')]), position: at(48.86, 2.35) },
    ];
    const loads = { 'near/p': { jobs: 2, seconds: 3_600 } };
    expect(order(labs, loads, { target: lyon })).toEqual(['far/p', 'near/p']);
    const weights = { ...defaultRankingWeights, queuePerHour: 10, distancePer100Km: 50 };
    expect(order(labs, loads, { target: lyon, weights })).toEqual(['near/p', 'far/p']);
    const [first] = rank(plate, labs, loads, { target: lyon, weights }).candidates;
    expect(first).toMatchObject({
      ...{ queue: 2, score: 29.9 },
      terms: {
        distance: { measure: 6.4, points: 3.2 },
        queue: { measure: 60, points: 10 },
        share: { measure: 0, points: 0 },
        failures: { measure: 0.25, points: 7.5 },
        emptyRoom: { measure: 0.92, points: 9.2 },
      },
    });
  });
});

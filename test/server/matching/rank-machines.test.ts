import { describe, expect, it } from 'vitest';
import type { MachineDescription, Requirement, StockLot } from '#contract/manufacturing.ts';
import { defaultWeights, type RankedLab, rankMachines } from '../../../server/matching/rank-machines.ts';
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

function rank(requirement: Requirement, labs: RankedLab[], queues: Record<string, number> = {}) {
  return rankMachines({
    ...{ requirement, labs, weights: defaultWeights, isOnline: (_lab, machine) => machine !== 'unplugged' },
    queueOf: (name, machine) => queues[`${name}/${machine}`] ?? 0,
  });
}

const firstRefusal = (requirement: Requirement, machine: MachineDescription, stock?: StockLot[]) =>
  rank(requirement, [lab('lab', [machine], stock)]).refusals[0];

describe('why a machine cannot do a job', () => {
  const smallBed = (xMm: number, yMm: number) => ({ ...router, envelope: { xMm, yMm, zMm: 100 } });
  const box = (xMm: number, yMm: number, zMm: number) => ({ ...printer, envelope: { xMm, yMm, zMm } });
  const cutter = (diameterUm: number) => ({ ...router, cutter: { name: 'cutter', diameterUm } });

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
    ['there is no sheet', sheet, router, [pla], 'no 18 mm plywood in stock'],
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
});

describe('who is asked first', () => {
  const named = (machine: string, xMm = 220) => ({
    ...printer,
    machine,
    envelope: { ...printer.envelope, xMm },
  });
  const order = (labs: RankedLab[], queues?: Record<string, number>) =>
    rank(plate, labs, queues).candidates.map(({ lab: name, machine }) => `${name}/${machine}`);

  it('is the machine with the shorter queue, then the one that the job fills better', () => {
    const labs = [lab('a', [named('large', 400), named('small'), named('busy')])];
    expect(order(labs, { 'a/busy': 1 })).toEqual(['a/small', 'a/large', 'a/busy']);
  });

  it('is the same whatever the order in which labs and machines are listed', () => {
    const machines = [named('p1'), named('p2')];
    const expected = ['a/p1', 'a/p2', 'b/p1', 'b/p2'];
    expect(order([lab('b', machines), lab('a', [...machines].reverse())])).toEqual(expected);
    expect(order([lab('a', machines), lab('b', machines)])).toEqual(expected);
  });
});

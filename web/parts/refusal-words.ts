import type { Obstacle, Refusal } from '#contract/manufacturing.ts';
import type { World } from '../live/world.ts';
import type { Words } from '../words/use-words.ts';

type Names = Pick<World, 'labs'>;

export function labName({ labs }: Names, lab: string | undefined): string {
  return lab === undefined ? '' : (labs[lab]?.name ?? lab);
}

export function machineName({ labs }: Names, lab: string | undefined, machine: string | undefined): string {
  if (lab === undefined || machine === undefined) return machine ?? '';
  return labs[lab]?.machines.find((one) => one.machine === machine)?.name ?? machine;
}

const MICROMETRES = 1_000;

/** Why a machine cannot do a job: everything that is missing, with how much, in the reader's language. */
export function refusalWords(refusal: Refusal, words: Words, names: Names): string {
  const { say } = words;
  const who = `${labName(names, refusal.lab)}, ${machineName(names, refusal.lab, refusal.machine)}`;
  const why = [refusal, ...(refusal.further ?? [])]
    .map((obstacle) => obstacleWords(obstacle, words))
    .reduce((first, further) => say('refusal.further', { first, further }));
  return say('refusal.of', { who, why });
}

function obstacleWords(obstacle: Obstacle, words: Words): string {
  const { say, short } = words;
  const mm = (um: number) => short(um / MICROMETRES, 3);
  switch (obstacle.code) {
    case 'wrong-process':
      return say('refusal.wrong-process', { needs: obstacle.needs });
    case 'material-not-worked':
      return say('refusal.material-not-worked', { material: materialName(obstacle.material, words) });
    case 'out-of-stock':
      return stockWords(obstacle, words);
    case 'too-small':
      return say('refusal.too-small', {
        short: short(obstacle.shortMm, 1),
        axis: obstacle.axis.toUpperCase(),
      });
    case 'cutter-too-wide':
      return say('refusal.cutter-too-wide', {
        cutter: mm(obstacle.cutterUm),
        opening: mm(obstacle.openingUm),
      });
    case 'nozzle-too-narrow':
      return say('refusal.nozzle-too-narrow', {
        nozzle: mm(obstacle.nozzleUm),
        layer: mm(obstacle.layerHeightUm),
      });
    case 'too-coarse':
      return say('refusal.too-coarse', {
        tolerance: mm(obstacle.toleranceUm),
        needs: mm(obstacle.needsUm),
      });
    case 'not-stated':
      return say('refusal.not-stated', { what: obstacle.what });
    case 'declined':
      return say('refusal.declined', { reason: obstacle.reason });
    case 'lab-closed':
      return say('refusal.lab-closed');
    case 'offline':
      return say('refusal.offline');
  }
}

function stockWords(obstacle: Extract<Obstacle, { code: 'out-of-stock' }>, words: Words): string {
  const { say, short } = words;
  const mm = (um: number) => short(um / MICROMETRES, 3);
  const thick = obstacle.thicknessUm === undefined ? '' : `${mm(obstacle.thicknessUm)} mm`;
  const material = `${materialName(obstacle.material, words)} ${thick}`.trim();
  const others = obstacle.otherThicknessesUm?.map(mm).join(', ');
  return others === undefined
    ? say('refusal.out-of-stock', { material })
    : say('refusal.other-thickness', { material, others });
}

/** Names of materials that designs use in English; others, e.g. PETG, are the same everywhere. */
export function materialName(material: string, { say }: Pick<Words, 'say'>): string {
  return material === 'plywood' ? say('material.plywood') : material;
}

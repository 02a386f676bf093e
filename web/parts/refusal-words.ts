import type { Refusal } from '#contract/manufacturing.ts';
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

/** Why a machine cannot do a job, with how much is missing, in the reader's language. */
export function refusalWords(refusal: Refusal, words: Words, names: Names): string {
  const { say, short } = words;
  const who = `${labName(names, refusal.lab)}, ${machineName(names, refusal.lab, refusal.machine)}`;
  const mm = (um: number) => short(um / MICROMETRES, 3);
  switch (refusal.code) {
    case 'wrong-process':
      return say('refusal.wrong-process', { who, needs: refusal.needs });
    case 'material-not-worked':
      return say('refusal.material-not-worked', { who, material: materialName(refusal.material, words) });
    case 'out-of-stock': {
      const thick = refusal.thicknessUm === undefined ? '' : `${mm(refusal.thicknessUm)} mm `;
      const material = `${materialName(refusal.material, words)} ${thick}`.trim();
      return say('refusal.out-of-stock', { who, material });
    }
    case 'too-small':
      return say('refusal.too-small', {
        who,
        short: short(refusal.shortMm, 1),
        axis: refusal.axis.toUpperCase(),
      });
    case 'cutter-too-wide':
      return say('refusal.cutter-too-wide', {
        who,
        cutter: mm(refusal.cutterUm),
        opening: mm(refusal.openingUm),
      });
    case 'declined':
      return say('refusal.declined', { who, reason: refusal.reason });
    case 'lab-closed':
      return say('refusal.lab-closed', { who });
    case 'offline':
      return say('refusal.offline', { who });
  }
}

/** Names of materials that designs use in English; others, e.g. PETG, are the same everywhere. */
export function materialName(material: string, { say }: Pick<Words, 'say'>): string {
  return material === 'plywood' ? say('material.plywood') : material;
}

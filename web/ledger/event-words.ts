import type { EconomicEvent } from '#contract/entries.ts';
import type { World } from '../live/world.ts';
import { labName, machineName, materialName } from '../parts/refusal-words.ts';
import type { Words } from '../words/use-words.ts';

/** What the page says of an economic event. */
export type EventFacts = Pick<
  EconomicEvent,
  'action' | 'provider' | 'resourceConformsTo' | 'resourceQuantity' | 'effortQuantity' | 'money'
>;

const SHEET_NAME = /^(.+) ([\d.]+) mm$/;
const MG_PER_G = 1_000;
const DESIGN = 'design/';

/** An economic event in a few words, e.g. `Used 1 sheet of plywood 18 mm`; undefined for kinds that the page has no words for. */
export function eventWords(
  event: EventFacts,
  words: Words,
  world: Pick<World, 'labs' | 'designs'>,
): string | undefined {
  const { say, duration, money } = words;
  switch (event.action) {
    case 'consume':
      return consumedWords(event, words);
    case 'use':
      return say('event.use', {
        machine: machineName(world, event.provider, event.resourceConformsTo),
        time: duration(Number(event.effortQuantity?.value ?? 0)),
      });
    case 'work':
      return say('event.work', { lab: labName(world, event.provider) });
    case 'produce':
      return say('event.produce', { what: madeName(event, words, world) });
    case 'transfer':
      return event.money && say('event.transfer', { amount: money(event.money.minor, event.money.currency) });
    default:
      return undefined;
  }
}

function consumedWords({ resourceConformsTo, resourceQuantity }: EventFacts, words: Words): string {
  const { say, short } = words;
  const what = resourceName(resourceConformsTo ?? '', words);
  const amount = Number(resourceQuantity?.value ?? 0);
  if (resourceQuantity?.unit === 'sheet') return say('event.consume.sheet', { count: amount, what });
  if (resourceQuantity?.unit === 'mg')
    return say('event.consume.mg', { amount: short(amount / MG_PER_G, 1), what });
  return say('event.consume.other', { what });
}

/** Sheets are named with their thickness, which is written in the reader's format. */
function resourceName(resource: string, words: Words): string {
  const [, material, thick] = SHEET_NAME.exec(resource) ?? [];
  if (material === undefined) return materialName(resource, words);
  return words.say('event.sheetName', {
    material: materialName(material, words),
    thick: words.short(Number(thick)),
  });
}

function madeName(
  { resourceConformsTo }: EventFacts,
  { caption }: Words,
  { designs }: Pick<World, 'designs'>,
) {
  const slug = (resourceConformsTo ?? '').replace(DESIGN, '');
  const design = designs[slug];
  return design ? caption(design.caption) : slug;
}

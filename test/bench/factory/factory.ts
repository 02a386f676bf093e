import type { Figure } from '../figures.ts';
import { grblStreamingFigures } from './grbl-streaming.ts';
import { matchingFigures } from './matching.ts';

/** What is measured of a network of micro-factories. */
export async function factoryFigures(): Promise<Figure[]> {
  return [...(await matchingFigures()), ...(await grblStreamingFigures())];
}

import type { Figure } from '../figures.ts';
import { matchingFigures } from './matching.ts';

/** What is measured of a network of micro-factories. */
export async function factoryFigures(): Promise<Figure[]> {
  return matchingFigures();
}

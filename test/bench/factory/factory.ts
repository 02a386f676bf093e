import type { Figure } from '../figures.ts';
import { brokerFigures } from './broker-throughput.ts';
import { grblStreamingFigures } from './grbl-streaming.ts';
import { matchingFigures } from './matching.ts';
import { protocolFigures } from './protocol.ts';

/** What is measured of a network of micro-factories, one file a subject. */
export async function factoryFigures(): Promise<Figure[]> {
  return [
    ...(await matchingFigures()),
    ...(await protocolFigures()),
    ...(await grblStreamingFigures()),
    ...(await brokerFigures()),
  ];
}

import { type Figure, percentile } from './figures.ts';
import { openOwnLab } from './own-lab.ts';
import type { WireEvent } from './wiretap.ts';

const ORDERS = 50;
/** Jobs only have to begin here, so their machine is as fast as it goes. */
const SPEED_UP = 2_000;
const DESIGN = 'flat-pack-stool';

/** From the click to the first acknowledged line, on an idle system, for a design that was evaluated before. */
export async function benchOrderLatency(): Promise<Figure[]> {
  let heard: (event: WireEvent) => void = () => {};
  const lab = await openOwnLab(SPEED_UP, (event) => heard(event));
  try {
    const samples: number[] = [];
    // The first order evaluates the design and makes the program; it is not counted.
    for (let count = 0; count <= ORDERS; count += 1) {
      const begun = new Promise<number>((resolve) => {
        heard = (event) => event.kind === 'first-ok' && resolve(event.atMs);
      });
      lab.wire.expectJob();
      const placedMs = Date.now();
      const order = await lab.place(DESIGN);
      const firstOkMs = await begun;
      if (count > 0) samples.push(firstOkMs - placedMs);
      await lab.until(({ views, machines }) => {
        const isDone = views.orders.some((view) => view.order === order && view.state === 'completed');
        return isDone && machines.every(({ state }) => state === 'idle');
      });
    }
    const note = `${samples.length} orders of ${DESIGN}, heard on the wire to the controller`;
    return [
      {
        name: 'order placed → first line acknowledged, p50',
        value: percentile(samples, 0.5),
        unit: 'ms',
        note,
      },
      {
        name: 'order placed → first line acknowledged, p95',
        value: percentile(samples, 0.95),
        unit: 'ms',
        bound: { at: 2_000, side: 'at most' },
        note,
      },
    ];
  } finally {
    await lab.close();
  }
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SerialPace } from '../../../firmware-bridge/drivers/simulator/serial-pace.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('a simulated serial line', () => {
  it('takes ten bits a byte, and its adapter hands over later', async () => {
    const clock = new VirtualClock();
    const arrived: [number, number][] = [];
    const pace = new SerialPace(clock, { baud: 10_000, latencyMs: 16 }, (bytes) => {
      for (const byte of bytes) arrived.push([byte, clock.nowMs()]);
    });
    pace.carry(Uint8Array.from([1, 2, 3]));
    await clock.advance(18.9);
    expect(arrived).toEqual([
      [1, 17],
      [2, 18],
    ]);
    await clock.advance(1);
    expect(arrived.at(-1)).toEqual([3, 19]);
  });

  it('keeps every byte, once and in order, however they are given', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ bytes: fc.uint8Array({ maxLength: 60 }), waitMs: fc.nat(8) }), {
          maxLength: 20,
        }),
        fc.constantFrom(9_600, 115_200, undefined),
        async (given, baud) => {
          const clock = new VirtualClock();
          const arrived: number[] = [];
          const pace = new SerialPace(clock, { baud, latencyMs: 3 }, (bytes) => arrived.push(...bytes));
          for (const { bytes, waitMs } of given) {
            pace.carry(bytes);
            await clock.advance(waitMs);
          }
          await clock.advance(10_000);
          expect(arrived).toEqual(given.flatMap(({ bytes }) => [...bytes]));
        },
      ),
    );
  });
});

import type { MachineClock } from '../machine.ts';
import type { Dial, Pluggable } from './link.ts';

/** A link to a device in the same process; every crossing takes `latencyMs` of the given clock, in order. */
export function memoryDial(device: Pluggable, clock: MachineClock, latencyMs = 0): Dial {
  return async (listener) => {
    let isOpen = true;
    const carry = (deliver: () => void) => {
      clock.after(latencyMs, () => {
        if (isOpen) deliver();
      });
    };
    const plugged = device.attach(
      (bytes) => carry(() => listener.onBytes(bytes)),
      () =>
        carry(() => {
          isOpen = false;
          listener.onClosed('The machine closed the connection.');
        }),
    );
    return {
      write: (bytes) => carry(() => plugged.receive(bytes)),
      close: async () => {
        if (!isOpen) return;
        isOpen = false;
        plugged.detach();
      },
    };
  };
}

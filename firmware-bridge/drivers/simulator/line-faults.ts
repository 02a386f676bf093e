/** What goes wrong on purpose. Lines are counted from 1, over the life of the simulated controller. */
export type Faults = {
  /** Share of received bytes that arrive changed. */
  noise?: number;
  /** Share of answers that are lost. */
  droppedOk?: number;
  /** From this line on the controller says nothing more. */
  silentAtLine?: number;
  /** At this line the controller closes the connection; it goes on with what it has. */
  hangUpAtLine?: number;
  /** The move of this line hits a limit switch (GRBL), or a heater is found to run away (Marlin). */
  alarmAtLine?: number;
  /** The controller restarts when it comes to this line. */
  resetAtLine?: number;
};

/** A small seeded generator (mulberry32, public domain): the same faults in every run. Numbers from 0 up to 1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Flips a bit in some bytes. */
export function withNoise(bytes: Uint8Array, share: number, random: () => number): Uint8Array {
  if (share === 0) return bytes;
  return bytes.map((byte) => (random() < share ? byte ^ (1 << Math.floor(random() * 7)) : byte));
}

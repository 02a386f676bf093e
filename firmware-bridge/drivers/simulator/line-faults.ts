/** What goes wrong on purpose. Lines are counted from 1, over the life of the simulated controller; shares lie between 0 and 1. */
export type Faults = {
  /** Share of received bytes that arrive changed. */
  noise?: number;
  /** Share of received bytes that do not arrive. */
  droppedBytes?: number;
  /** Share of received bytes that arrive twice. */
  repeatedBytes?: number;
  /** Share of answers that are lost. */
  droppedOk?: number;
  /** Share of answers that come twice. */
  repeatedOk?: number;
  /** How many lines of rubbish the controller says for each of its own. */
  garbage?: number;
  /** Marlin: share of good lines that it takes for damaged and asks for again. */
  resends?: number;
  /** Marlin: share of lines after which it asks for the next one, which nobody has sent yet. */
  needlessResends?: number;
  /** From this line on the controller says nothing more. */
  silentAtLine?: number;
  /** At this line the controller closes the connection; it goes on with what it has. */
  hangUpAtLine?: number;
  /** The move of this line hits a limit switch (GRBL), or a heater is found to run away (Marlin). */
  alarmAtLine?: number;
  /** GRBL: which alarm that is; 1, a limit switch, when nothing is said. */
  alarmCode?: number;
  /** The controller restarts when it comes to this line. */
  resetAtLine?: number;
  /** At this line the current fails: all stands still and cold, the line is cut; the next host finds it freshly started. */
  powerLossAtLine?: number;
  /** GRBL: at this line somebody opens the safety door, and closes it again `doorMs` later. */
  doorAtLine?: number;
  doorMs?: number;
  /** Marlin: at this line the filament ends; the printer stops and waits for a person. */
  filamentEndsAtLine?: number;
  /** A host that opens the line resets the board, as most boards with a USB serial chip do. */
  resetsOnOpen?: boolean;
  /** The receive buffer holds only this many bytes, whatever the controller says of it. */
  rxBytes?: number;
  /** Marlin: no `ok` follows a request for a line, as in older firmwares. */
  isSilentAfterResend?: boolean;
  /** Marlin: emergency commands wait their turn in the queue. */
  hasNoEmergencyParser?: boolean;
  /** GRBL: how long a write to EEPROM keeps the receiver deaf. */
  eepromMs?: number;
  /** Speed of the serial line, bits a second; without it bytes take no time. */
  baud?: number;
  /** How long the serial adapter collects what the controller says before it hands it over. */
  latencyMs?: number;
  /** What the controller says comes in pieces of any size. */
  isChunked?: boolean;
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

/** What a bad cable makes of bytes on their way to the controller: bits flipped, bytes lost, bytes twice. */
export function damaged(bytes: Uint8Array, faults: Faults, random: () => number): Uint8Array {
  const { noise = 0, droppedBytes = 0, repeatedBytes = 0 } = faults;
  if (noise + droppedBytes + repeatedBytes === 0) return bytes;
  const arrived: number[] = [];
  for (const byte of bytes) {
    if (droppedBytes > 0 && random() < droppedBytes) continue;
    const came = noise > 0 && random() < noise ? byte ^ (1 << Math.floor(random() * 7)) : byte;
    arrived.push(came);
    if (repeatedBytes > 0 && random() < repeatedBytes) arrived.push(came);
  }
  return Uint8Array.from(arrived);
}

const RUBBISH_CHARACTERS_MAX = 40;

/** A line that means nothing, in any bytes but those that end a line. It never looks like an answer. */
export function rubbish(random: () => number): string {
  const length = 1 + Math.floor(random() * RUBBISH_CHARACTERS_MAX);
  const bytes = Array.from({ length }, () => 14 + Math.floor(random() * 242));
  return `#${Buffer.from(bytes).toString('latin1')}`;
}

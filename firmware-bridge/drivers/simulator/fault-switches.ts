import type { Faults } from './line-faults.ts';

/** How a fault is named on a command line, what stands behind its `=`, and what it does. */
type FaultSwitch = { key: keyof Faults; unit: 'share' | 'line' | 'number' | 'flag'; says: string };

/** Every fault of a streamed machine, by the name it has on the command line. */
export const FAULT_SWITCHES: Readonly<Record<string, FaultSwitch>> = {
  noise: { key: 'noise', unit: 'share', says: 'share of received bytes with a bit flipped' },
  'dropped-bytes': { key: 'droppedBytes', unit: 'share', says: 'share of received bytes lost' },
  'repeated-bytes': { key: 'repeatedBytes', unit: 'share', says: 'share of received bytes that come twice' },
  'dropped-ok': { key: 'droppedOk', unit: 'share', says: 'share of answers lost' },
  'repeated-ok': { key: 'repeatedOk', unit: 'share', says: 'share of answers that come twice' },
  garbage: { key: 'garbage', unit: 'share', says: 'lines of rubbish for each line it says' },
  chunks: { key: 'isChunked', unit: 'flag', says: 'what it says comes in pieces of any size' },
  'silent-at-line': { key: 'silentAtLine', unit: 'line', says: 'says nothing more from that line on' },
  'hang-up-at-line': {
    key: 'hangUpAtLine',
    unit: 'line',
    says: 'cuts the link there; it goes on with what it has',
  },
  'power-loss-at-line': {
    key: 'powerLossAtLine',
    unit: 'line',
    says: 'all dark; freshly started for the next host',
  },
  'reset-at-line': { key: 'resetAtLine', unit: 'line', says: 'restarts by itself in mid-job' },
  'alarm-at-line': {
    key: 'alarmAtLine',
    unit: 'line',
    says: 'limit switch (GRBL) or heater running away (Marlin)',
  },
  alarm: { key: 'alarmCode', unit: 'number', says: 'GRBL: which alarm that is, 1 to 10' },
  'door-at-line': { key: 'doorAtLine', unit: 'line', says: 'GRBL: somebody opens the safety door' },
  'door-ms': { key: 'doorMs', unit: 'number', says: 'GRBL: and shuts it again so much later' },
  'eeprom-ms': { key: 'eepromMs', unit: 'number', says: 'GRBL: how long a write to EEPROM keeps it deaf' },
  'rx-bytes': {
    key: 'rxBytes',
    unit: 'number',
    says: 'the receive buffer really holds only so much: it overflows',
  },
  resends: { key: 'resends', unit: 'share', says: 'Marlin: share of good lines it asks for again' },
  'needless-resends': {
    ...{ key: 'needlessResends', unit: 'share' },
    says: 'Marlin: share of lines after which it asks for one that was never sent',
  },
  'no-ok-after-resend': { key: 'isSilentAfterResend', unit: 'flag', says: 'Marlin: no ok follows a request' },
  'no-emergency-parser': {
    ...{ key: 'hasNoEmergencyParser', unit: 'flag' },
    says: 'Marlin: M108, M112 and M410 wait their turn in the queue',
  },
  'filament-ends-at-line': { key: 'filamentEndsAtLine', unit: 'line', says: 'Marlin: waits for a person' },
  'reset-on-open': { key: 'resetsOnOpen', unit: 'flag', says: 'a host that opens the line resets the board' },
  baud: {
    key: 'baud',
    unit: 'number',
    says: 'speed of the serial line, bits a second; slow for a slow link',
  },
  'latency-ms': { key: 'latencyMs', unit: 'number', says: 'how long the serial adapter holds answers back' },
};

/** One line of a manual for each fault. */
export function faultManual(): string[] {
  return Object.entries(FAULT_SWITCHES).map(([name, { unit, says }]) => {
    const value = { share: '=0.01', line: '=N', number: '=N', flag: '' }[unit];
    return `    ${`${name}${value}`.padEnd(24)} ${says}`;
  });
}

/** Reads `name=value` pairs into faults. Throws a sentence that names the pair. */
export function readFaults(pairs: readonly string[]): Faults {
  const faults: Record<string, number | boolean> = {};
  for (const pair of pairs) {
    const [name = '', text] = pair.split('=');
    const known = FAULT_SWITCHES[name];
    if (known === undefined)
      throw new Error(
        `There is no fault "${name}"; simulate --help lists ${Object.keys(FAULT_SWITCHES).length}.`,
      );
    faults[known.key] = known.unit === 'flag' ? readFlag(pair, text) : readNumber(pair, text, known.unit);
  }
  return faults;
}

function readFlag(pair: string, text: string | undefined): boolean {
  if (text === undefined) return true;
  throw new Error(`"${pair}": this fault is on when it is named; it takes no value.`);
}

function readNumber(pair: string, text: string | undefined, unit: FaultSwitch['unit']): number {
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isFinite(value) || value < 0)
    throw new Error(`"${pair}" wants a number that is not negative behind "=".`);
  if (unit === 'share' && value > 1) throw new Error(`"${pair}" wants a share between 0 and 1.`);
  if (unit === 'line' && (!Number.isInteger(value) || value < 1))
    throw new Error(`"${pair}" wants the number of a line, from 1.`);
  return value;
}

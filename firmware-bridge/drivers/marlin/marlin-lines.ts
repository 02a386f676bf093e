import type { MachinePosition, MachineTemperatures } from '../../machine.ts';

export type MarlinLine =
  | { kind: 'ok'; temperatures?: MachineTemperatures }
  | { kind: 'resend'; number: number }
  /** A line arrived damaged, or whole but out of turn; a `resend` follows. */
  | { kind: 'garbled'; isOutOfTurn: boolean }
  | { kind: 'error'; words: string; isThermal: boolean; isKill: boolean }
  | { kind: 'busy'; isPaused: boolean }
  | { kind: 'temperatures'; temperatures: MachineTemperatures }
  | { kind: 'position'; position: MachinePosition }
  | { kind: 'firmware'; name: string; version: string }
  | { kind: 'capability'; name: string; isOn: boolean }
  | { kind: 'start' }
  | { kind: 'action'; action: string }
  | { kind: 'other' };

const THERMAL = /thermal|heating failed|maxtemp|mintemp|temp.*(?:runaway|error)/i;
/** `Error:Line Number is not Last Line Number+1`, `checksum mismatch`, `No Checksum with line number` and their kin. */
const GARBLED = /line number|checksum/i;
const OUT_OF_TURN = /is not last line/i;

/** Reads one line of a Marlin controller, 1.1 to 2.1. Never throws. */
export function readMarlinLine(text: string): MarlinLine {
  const trimmed = text.trim();
  if (/^ok\b/.test(trimmed)) {
    const temperatures = temperaturesIn(trimmed);
    return { kind: 'ok', ...(temperatures === undefined ? {} : { temperatures }) };
  }
  const resend = /^(?:Resend:|rs)\s*N?\s*(\d+)/i.exec(trimmed);
  if (resend) return { kind: 'resend', number: Number(resend[1]) };
  if (trimmed.startsWith('Error:') || trimmed.startsWith('!!')) return readError(trimmed);
  const busy = /^(?:echo:\s*)?busy:\s*(.*)/.exec(trimmed);
  if (busy) return { kind: 'busy', isPaused: (busy[1] ?? '').startsWith('paused') };
  if (trimmed === 'start') return { kind: 'start' };
  return readReport(trimmed);
}

function readError(text: string): MarlinLine {
  const words = text.replace(/^Error:\s*/, '');
  if (GARBLED.test(words)) return { kind: 'garbled', isOutOfTurn: OUT_OF_TURN.test(words) };
  return { kind: 'error', words, isThermal: THERMAL.test(words), isKill: /kill|halted|stopped/i.test(words) };
}

function readReport(text: string): MarlinLine {
  const action = /^\/\/\s*action:\s*(.+)/.exec(text);
  if (action) return { kind: 'action', action: (action[1] ?? '').trim() };
  const position = /^X:\s*(-?[\d.]+)\s+Y:\s*(-?[\d.]+)\s+Z:\s*(-?[\d.]+)/.exec(text);
  if (position) {
    const [xMm, yMm, zMm] = position.slice(1).map(Number);
    return { kind: 'position', position: { xMm: xMm ?? 0, yMm: yMm ?? 0, zMm: zMm ?? 0 } };
  }
  const firmware = /FIRMWARE_NAME:\s*(\S+)\s*(\S*)/.exec(text);
  if (firmware) return { kind: 'firmware', name: firmware[1] ?? 'Marlin', version: firmware[2] ?? '' };
  const capability = /^Cap:(\w+):(\d)/.exec(text);
  if (capability) return { kind: 'capability', name: capability[1] ?? '', isOn: capability[2] !== '0' };
  const temperatures = temperaturesIn(text);
  return temperatures === undefined ? { kind: 'other' } : { kind: 'temperatures', temperatures };
}

function temperaturesIn(text: string): MachineTemperatures | undefined {
  const nozzle = /(?:^|\s)T0?:\s*(-?[\d.]+)(?:\s*\/\s*(-?[\d.]+))?/.exec(text);
  const bed = /(?:^|\s)B:\s*(-?[\d.]+)(?:\s*\/\s*(-?[\d.]+))?/.exec(text);
  if (nozzle === null && bed === null) return;
  return {
    ...(nozzle?.[1] === undefined ? {} : { nozzleC: Number(nozzle[1]) }),
    ...(nozzle?.[2] === undefined ? {} : { nozzleTargetC: Number(nozzle[2]) }),
    ...(bed?.[1] === undefined ? {} : { bedC: Number(bed[1]) }),
    ...(bed?.[2] === undefined ? {} : { bedTargetC: Number(bed[2]) }),
  };
}

/** `N<number> <text>*<sum>`: the sum is the exclusive or of every byte before the star. */
export function numbered(number: number, text: string): string {
  const body = `N${number} ${text}`;
  let sum = 0;
  for (let i = 0; i < body.length; i++) sum ^= body.charCodeAt(i);
  return `${body}*${sum & 0xff}`;
}

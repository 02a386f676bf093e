import type { MachinePosition } from '../../machine.ts';

export type GrblStatus = {
  state: string;
  /** Hold:0 stands still, Hold:1 is still slowing down; Door has its own numbers. */
  sub?: number;
  machineMm?: MachinePosition;
  workMm?: MachinePosition;
  offsetMm?: MachinePosition;
  feedMmPerMin?: number;
  spindleRpm?: number;
  plannerFree?: number;
  rxFree?: number;
};

export type GrblLine =
  | { kind: 'ok' }
  | { kind: 'error'; code: number }
  | { kind: 'alarm'; code: number }
  | { kind: 'banner'; firmware: string; version: string }
  | { kind: 'status'; status: GrblStatus }
  | { kind: 'version'; version: string; firmware?: string }
  | { kind: 'firmware'; firmware: string }
  | { kind: 'options'; plannerBlocks: number; rxBytes: number }
  | { kind: 'setting'; number: number; value: number }
  | { kind: 'message'; words: string }
  | { kind: 'other' };

/** Reads one line of a GRBL 1.1 controller or of its relatives (grblHAL, FluidNC). Never throws. */
export function readGrblLine(text: string): GrblLine {
  if (text === 'ok') return { kind: 'ok' };
  if (text.startsWith('<')) return readStatus(text);
  const numbered = /^(error|ALARM):(\d+)$/.exec(text);
  if (numbered) return { kind: numbered[1] === 'error' ? 'error' : 'alarm', code: Number(numbered[2]) };
  const banner = /^(grbl\w*)\s+(\S+)(?:\s+\[(FluidNC)\s+v?(\S+))?/i.exec(text);
  if (banner) {
    const [, name, version, relative, relativeVersion] = banner;
    return {
      kind: 'banner',
      firmware: relative ?? name ?? 'Grbl',
      version: relativeVersion ?? version ?? '',
    };
  }
  const setting = /^\$(\d+)=(-?[\d.]+)/.exec(text);
  if (setting) return { kind: 'setting', number: Number(setting[1]), value: Number(setting[2]) };
  return readBracketed(text);
}

function readBracketed(text: string): GrblLine {
  const bracketed = /^\[(\w+):(.*)\]$/.exec(text);
  const [tag, body] = [bracketed?.[1], bracketed?.[2] ?? ''];
  if (tag === 'VER') return readVersion(body.split(':')[0] ?? body);
  if (tag === 'FIRMWARE') return { kind: 'firmware', firmware: body };
  if (tag === 'OPT') {
    const [, blocks, rx] = body.split(',').map(Number);
    if (blocks !== undefined && rx !== undefined && blocks > 0 && rx > 0)
      return { kind: 'options', plannerBlocks: blocks, rxBytes: rx };
  }
  return tag === 'MSG' ? { kind: 'message', words: body } : { kind: 'other' };
}

/** FluidNC puts its own name behind the version of GRBL that it speaks. */
function readVersion(text: string): GrblLine {
  const relative = /^\S+\s+(FluidNC)\s+v?(\S+)/.exec(text);
  if (relative === null) return { kind: 'version', version: text };
  return { kind: 'version', version: relative[2] ?? text, firmware: relative[1] ?? '' };
}

function readStatus(text: string): GrblLine {
  if (!text.endsWith('>')) return { kind: 'other' };
  const [head, ...fields] = text.slice(1, -1).split('|');
  const [state, sub] = (head ?? '').split(':');
  if (state === undefined || !/^[A-Z][a-z]+$/.test(state)) return { kind: 'other' };
  const status: GrblStatus = { state };
  if (sub !== undefined) status.sub = Number(sub);
  for (const field of fields) readField(status, field);
  return { kind: 'status', status };
}

function readField(status: GrblStatus, field: string): void {
  const colon = field.indexOf(':');
  const [name, values] = [
    field.slice(0, colon),
    field
      .slice(colon + 1)
      .split(',')
      .map(Number),
  ];
  if (values.some(Number.isNaN)) return;
  const [a, b, c] = values;
  if (name === 'F' && a !== undefined) status.feedMmPerMin = a;
  if (a === undefined || b === undefined) return;
  if (name === 'FS') Object.assign(status, { feedMmPerMin: a, spindleRpm: b });
  if (name === 'Bf') Object.assign(status, { plannerFree: a, rxFree: b });
  if (c === undefined) return;
  const position = { xMm: a, yMm: b, zMm: c };
  if (name === 'MPos') status.machineMm = position;
  if (name === 'WPos') status.workMm = position;
  if (name === 'WCO') status.offsetMm = position;
}

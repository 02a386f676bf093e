import type { MachineClass } from './program-limits.ts';

const codes = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const CUTTING = `G0 G1 G2 G3 G4 G17 G18 G19 G20 G21 G40 G49 G54 G61 G80 G90 G91 G91.1 G94 M0 M1 M2 M3 M4 M5 M7 M8 M9 M30`;

/** Everything else is refused: a code that nobody has thought about is not one that a stranger may give. */
const ALLOWED: Readonly<Record<MachineClass, ReadonlySet<string>>> = {
  router: codes(`${CUTTING} M6 T`),
  laser: codes(CUTTING),
  printer: codes(
    `G0 G1 G2 G3 G4 G10 G11 G17 G20 G21 G28 G29 G90 G91 G92 M0 M1 M17 M18 M73 M75 M76 M77 M82 M83 M84 M104
     M105 M106 M107 M109 M114 M117 M140 M190 M141 M191 M201 M203 M204 M205 M207 M208 M209 M220 M221 M300 M400
     M412 M420 M486 M600 M900 T`,
  ),
};

/** Parameters of a cutting machine's lines; other letters are axes or features that it does not have. */
const CUTTING_LETTERS = codes('G M T N X Y Z I J K R F S P L');

/** Codes that move the program's zero: allowed where the lab says so. */
const ZERO_CODES = codes('G10 G43.1 G53 G55 G56 G57 G58 G59 G92 G92.1 G92.2 G92.3');

/** Why some codes are refused that a program might well hold; the end of a sentence. */
const REASONS: readonly (readonly [reason: string, codes: ReadonlySet<string>])[] = [
  ['probes, which only a person beside the machine starts', codes('G38.2 G38.3 G38.4 G38.5')],
  ['goes to or sets a stored place that the program does not say', codes('G28 G28.1 G30 G30.1')],
  [
    'stops the machine or its waiting, which only the operator does',
    codes('M108 M112 M410 M524 M876 M999 M85'),
  ],
  ['changes the stored settings of the machine', codes('M500 M501 M502 M503 M504')],
  [
    'changes how the machine is calibrated',
    codes('M92 M206 M301 M303 M304 M305 M350 M428 M665 M666 M851 M906 M907'),
  ],
  ['takes a safeguard of the machine away', codes('M120 M121 M211 M302')],
  ['loads other firmware', codes('M997')],
  ['reads or writes files of the machine', codes('M20 M21 M22 M23 M24 M25 M26 M27 M28 M29 M30 M32 M928')],
  ['belongs to the talk between bridge and machine', codes('M110 M111 M113 M115 M118 M154 M155 M575')],
  ['switches power or pins of the controller', codes('M42 M43 M80 M81 M226 M280')],
  ['changes the tool, which this machine cannot', codes('M6 T')],
];

/** Why a code must not be in a program for this class of machine, as the end of a sentence; nothing when it may. */
export function refuseCode(
  code: string,
  machineClass: MachineClass,
  mayMoveZero: boolean,
): string | undefined {
  const kind = code.startsWith('T') ? 'T' : code;
  if (ALLOWED[machineClass].has(kind)) return;
  if (machineClass !== 'printer' && ZERO_CODES.has(code)) {
    return mayMoveZero ? undefined : `moves the program's zero (${code}), which the lab has not allowed`;
  }
  const reason = REASONS.find(([, refused]) => refused.has(kind))?.[0];
  return `${reason ?? `is a command that no ${NAMES[machineClass]} program may give`} (${code})`;
}

const NAMES: Readonly<Record<MachineClass, string>> = {
  router: 'cutting',
  laser: 'laser',
  printer: 'printing',
};

/** A letter that the machine has no use for, as the end of a sentence. Printers' parameters use the whole alphabet. */
export function refuseLetter(letter: string, machineClass: MachineClass): string | undefined {
  if (machineClass === 'printer') {
    return letter === 'N' ? 'numbers its lines, which the bridge does by itself' : undefined;
  }
  return CUTTING_LETTERS.has(letter)
    ? undefined
    : `uses ${letter}, an axis or feature that this machine does not have`;
}

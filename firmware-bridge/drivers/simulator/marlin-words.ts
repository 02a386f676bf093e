import type { MarlinOptions } from './marlin-motion.ts';

/** Questions of a host and its housekeeping; they are no lines of a job. */
export const NOT_COUNTED = new Set([
  'M105',
  'M108',
  'M110',
  'M114',
  'M115',
  'M118',
  'M154',
  'M155',
  'M400',
  'M410',
  'M876',
]);
/** Understood and without any effect that could be seen from outside. */
export const WITHOUT_EFFECT = new Set(
  `G10 G11 M17 M18 M73 M75 M77 M84 M106 M105 M107 M108 M110 M113 M117 M201 M202 M203
   M204 M205 M207 M208 M211 M220 M221 M300 M302 M412 M420 M862 M876 M900 T0`.split(/\s+/),
);

/** What a printer says when its filament ends, to a host that can show a question and to one that cannot. */
export const FILAMENT_PROMPT: readonly string[] = [
  '//action:paused filament_runout 0',
  '//action:prompt_end',
  '//action:prompt_begin FilamentRunout T0',
  '//action:prompt_button Continue',
  '//action:prompt_show',
  'echo:busy: paused for user',
];

export function identityLines(options: MarlinOptions): string[] {
  return [
    'FIRMWARE_NAME:Marlin 2.1.2.5 (simulated) PROTOCOL_VERSION:1.0 MACHINE_TYPE:3D Printer EXTRUDER_COUNT:1',
    'Cap:AUTOREPORT_TEMP:1',
    'Cap:AUTOREPORT_POS:1',
    'Cap:BUSY_PROTOCOL:1',
    'Cap:HOST_ACTION_COMMANDS:1',
    'Cap:PROMPT_SUPPORT:1',
    `Cap:EMERGENCY_PARSER:${options.hasEmergencyParser ? 1 : 0}`,
  ];
}

export function needsStandstill(code: string): boolean {
  return /^(?:G4|G28|G29|M0|M1|M109|M190|M400)$/.test(code);
}

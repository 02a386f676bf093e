import type { GrblOptions } from './grbl-settings.ts';

/** Firmwares that speak GRBL's language, each with its own words of greeting. */
export type GrblFlavour = 'grbl' | 'grblhal' | 'fluidnc';

const BANNERS: Readonly<Record<GrblFlavour, string>> = {
  grbl: "\r\nGrbl 1.1h ['$' for help]",
  grblhal: "\r\nGrblHAL 1.1f ['$' or '$HELP' for help]",
  fluidnc: "\r\nGrbl 3.9 [FluidNC v3.9.1 (wifi) '$' for help]",
};

export function bannerOf({ flavour }: GrblOptions): string {
  return BANNERS[flavour];
}

/** Answers to `$I`. FluidNC tells neither planner nor receive buffer. */
export function identityLines({ flavour, plannerBlocks, rxBytes }: GrblOptions): string[] {
  if (flavour === 'grblhal')
    return [
      '[VER:1.1f.20260817:]',
      `[OPT:VNMSL,${plannerBlocks},${rxBytes},3,0]`,
      '[AXS:3:XYZ]',
      '[NEWOPT:ENUMS,RT+,HOME,TC,SED]',
      '[FIRMWARE:grblHAL]',
    ];
  if (flavour === 'fluidnc')
    return ['[VER:3.9 FluidNC v3.9.1:]', '[OPT:PHSW]', '[MSG:Machine: simulated router]'];
  return ['[VER:1.1h.20190825:]', `[OPT:V,${plannerBlocks},${rxBytes}]`];
}

/** What a flavour has besides GRBL's own size of buffers. */
export function flavourOptions(flavour: GrblFlavour): Partial<GrblOptions> {
  return flavour === 'grblhal' ? { flavour, rxBytes: 1_024, plannerBlocks: 35 } : { flavour };
}

/** grblHAL takes these for `?`, `~` and `!` too, where a terminal would swallow the plain ones. */
const ALTERNATIVES: ReadonlyMap<number, string> = new Map([
  [0x80, '?'],
  [0x81, '~'],
  [0x82, '!'],
]);

/** The real-time command that a byte stands for; its own character where it stands for itself. */
export function realTimeOf(byte: number, { flavour }: GrblOptions): string {
  const alternative = flavour === 'grblhal' ? ALTERNATIVES.get(byte) : undefined;
  return alternative ?? String.fromCharCode(byte);
}

import { z } from 'zod';
import { type MachineDescription, Slug } from '#contract/manufacturing.ts';
import { isMoonrakerAddress } from './drivers/moonraker/moonraker-address.ts';
import { readPrintHostUrl } from './print-host-url.ts';

/** What a lab writes down about each machine: where it is plugged in, how large it is, what is fitted. Millimetres throughout. */

const Positive = z.number().positive();
const WholeMm = z.int().positive();

const MachineUrl = z.string().refine(isMachineUrl, {
  message: 'write tcp://127.0.0.1:5000 or serial:///dev/ttyUSB0?baud=115200',
});

const PrinterUrl = z.string().refine(isPrinterUrl, {
  message:
    'write tcp://127.0.0.1:5000, serial:///dev/ttyUSB0?baud=115200, octoprint+http://octopi.local?key=…, moonraker+http://voron.local or prusalink+http://maker:password@192.0.2.7',
});

const common = {
  machine: Slug,
  name: z.string().min(1).max(80),
  url: MachineUrl,
  envelope: z.strictObject({ xMm: WholeMm, yMm: WholeMm, zMm: WholeMm }),
  materials: z.array(z.string().min(1).max(80)).min(1).max(40),
  simulated: z.boolean().default(false),
};

/** Read them once from the controller: GRBL `$110` to `$112`, `$120` to `$122` and `$11`; Marlin `M503`. */
const motionOf = (rapidMmPerMin: number, accelerationMmPerS2: number) => ({
  rapidMmPerMin: Positive.default(rapidMmPerMin),
  accelerationMmPerS2: Positive.default(accelerationMmPerS2),
});

const FittedCutter = z.strictObject({
  name: z.string().min(1).max(60),
  diameterMm: Positive,
  flutes: z.int().positive().optional(),
  feedMmPerMin: Positive,
  plungeMmPerMin: Positive,
  spindleRpm: Positive,
  passDepthMm: Positive,
  safeZMm: Positive.default(8),
  spoilMm: z.number().nonnegative().default(0.3),
  tab: z
    .strictObject({
      widthMm: Positive.default(8),
      heightMm: Positive.default(3),
      perPart: z.int().positive().default(3),
      everyMm: Positive.default(500),
    })
    .nullable()
    .prefault({}),
  direction: z.enum(['climb', 'conventional']).default('climb'),
});

const CuttingMachine = z.strictObject({
  ...common,
  process: z.literal('cut'),
  controller: z.literal('grbl').default('grbl'),
  cutter: FittedCutter,
  /** Where the sheet's lower left corner and top face lie in the machine's reach; by default halfway up and in the corner. */
  sheetCornerMm: z.tuple([z.number(), z.number(), z.number()]).optional(),
  motion: z
    .strictObject({ ...motionOf(6_000, 400), junctionDeviationMm: Positive.default(0.01) })
    .prefault({}),
});
export type CuttingMachine = z.infer<typeof CuttingMachine>;

const FilamentPrinter = z.strictObject({
  nozzleMm: Positive.default(0.4),
  layerHeightMm: Positive.default(0.2),
  nozzleC: Positive.default(210),
  bedC: z.number().nonnegative().default(60),
  /** No program may heat further, whoever made it. */
  nozzleMaxC: Positive.default(280),
  bedMaxC: Positive.default(120),
  filamentDiameterMm: Positive.default(1.75),
  filamentDensityGPerCm3: Positive.default(1.24),
  printMmPerMin: Positive.default(3_600),
  firstLayerMmPerMin: Positive.default(1_200),
  travelMmPerMin: Positive.default(9_000),
  accelerationMmPerS2: Positive.default(1_000),
  retractionMm: z.number().nonnegative().default(1),
  retractionMmPerMin: Positive.default(2_400),
  slicer: z.enum(['own', 'prusa-slicer']).default('own'),
});

const PrintingMachine = z.strictObject({
  ...common,
  url: PrinterUrl,
  /** API key of OctoPrint, or password of PrusaLink, for whoever keeps it out of the address. */
  hostKey: z.string().min(1).optional(),
  process: z.literal('print'),
  controller: z.literal('marlin').default('marlin'),
  printer: FilamentPrinter.prefault({}),
});
export type PrintingMachine = z.infer<typeof PrintingMachine>;

export const MachineConfig = z.discriminatedUnion('process', [CuttingMachine, PrintingMachine]);
export type MachineConfig = z.infer<typeof MachineConfig>;

const UM_PER_MM = 1_000;

/** What the machine tells the world about itself. */
export function describeMachine(config: MachineConfig): MachineDescription {
  const { machine, name, process, envelope, controller, materials, simulated } = config;
  const fitted =
    config.process === 'cut'
      ? { cutter: { name: config.cutter.name, diameterUm: Math.round(config.cutter.diameterMm * UM_PER_MM) } }
      : { nozzleUm: Math.round(config.printer.nozzleMm * UM_PER_MM) };
  return { machine, name, process, envelope, controller, materials, simulated, ...fitted };
}

function isPrinterUrl(text: string): boolean {
  return isMachineUrl(text) || readPrintHostUrl(text) !== undefined || isMoonrakerAddress(text);
}

function isMachineUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  if (url.protocol === 'tcp:') return url.hostname !== '' && url.port !== '';
  return url.protocol === 'serial:' && url.pathname.length > 1;
}

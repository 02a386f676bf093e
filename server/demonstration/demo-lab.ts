import { createServer } from 'node:net';
import type { OpenLab } from '#contract/http.ts';
import type { StockLot } from '#contract/manufacturing.ts';

/** The lab of the demonstration: a router and a printer, simulated down to the bytes of their controllers. */

export const DEMO_LAB = {
  lab: 'atelier-demo',
  name: 'Atelier Nord',
  place: 'Lyon (simulated)',
  consent: 'automatic',
  bedClear: 'automatic',
} as const satisfies OpenLab;

/** Who orders in the demonstration. */
export const DEMO_PERSON = { agent: 'demo-visitor', kind: 'person', name: 'Demo visitor' } as const;

export const ROUTER = {
  machine: 'router',
  name: 'Large router',
  envelope: { xMm: 2_500, yMm: 1_250, zMm: 100 },
};

export const PRINTER = {
  machine: 'printer',
  name: 'Desktop printer',
  envelope: { xMm: 220, yMm: 220, zMm: 250 },
};

/** Where the sheet's lower left corner and its top face lie in the router's reach. */
export const SHEET_CORNER_MM = [10, 10, 50] as const;

/** As the simulator's flags write three lengths. */
export function corner({ xMm, yMm, zMm }: { xMm: number; yMm: number; zMm: number }): string {
  return [xMm, yMm, zMm].join(',');
}

/** What a count of the lab finds: enough for hundreds of orders, and counted anew when it runs low. */
export const DEMO_STOCK: StockLot[] = [
  { form: 'sheet', material: 'plywood', lengthMm: 2_440, widthMm: 1_220, thicknessUm: 18_000, sheets: 200 },
  { form: 'spool', material: 'PLA', massMg: 20_000_000 },
  { form: 'spool', material: 'PETG', massMg: 20_000_000 },
];
const LOW_SHEETS = 40;
const LOW_MASS_MG = 1_000_000;

export function isStockLow(stock: readonly StockLot[]): boolean {
  return (
    stock.length === 0 ||
    stock.some((lot) => (lot.form === 'sheet' ? lot.sheets < LOW_SHEETS : lot.massMg < LOW_MASS_MG))
  );
}

/** The bridge's own configuration file, as any lab would write it. */
export function bridgeConfig(parts: {
  server: string;
  mqtt: string;
  key: string;
  dataFolder: string;
  routerPort: number;
  printerPort: number;
  countedAt: number;
}): Record<string, unknown> {
  const { server, mqtt, key, dataFolder, routerPort, printerPort, countedAt } = parts;
  return {
    ...{ server, mqtt, lab: DEMO_LAB.lab, key, data: dataFolder },
    machines: [
      {
        ...ROUTER,
        process: 'cut',
        controller: 'grbl',
        url: `tcp://127.0.0.1:${routerPort}`,
        materials: ['plywood', 'MDF'],
        simulated: true,
        sheetCornerMm: SHEET_CORNER_MM,
        cutter: {
          name: 'Compression cutter 6 mm',
          diameterMm: 6,
          flutes: 2,
          feedMmPerMin: 4_000,
          plungeMmPerMin: 1_200,
          spindleRpm: 18_000,
          passDepthMm: 6.2,
        },
      },
      {
        ...PRINTER,
        process: 'print',
        controller: 'marlin',
        url: `tcp://127.0.0.1:${printerPort}`,
        materials: ['PLA', 'PETG'],
        simulated: true,
        printer: {},
      },
    ],
    stock: DEMO_STOCK,
    countedAt,
  };
}

/** A port of 127.0.0.1 that nobody uses at this moment; it has to outlive restarts of the simulator. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

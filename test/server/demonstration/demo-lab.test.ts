import { describe, expect, it } from 'vitest';
import { MachineConfig } from '../../../firmware-bridge/machine-config.ts';
import { makeProgram, ProgramRefused } from '../../../firmware-bridge/program-making.ts';
import { bridgeConfig, DEMO_STOCK, ROUTER, SHEET_CORNER_MM } from '../../../server/demonstration/demo-lab.ts';
import { layoutOf } from '../../firmware-bridge/toolpath/sheets.ts';
import { part, rectangle } from '../geometry/nesting/shapes.ts';

const MARGIN_MM = 15;

/** One part as large as a sheet of the lab's stock lets it be. */
function fullSheet() {
  const [sheet] = DEMO_STOCK;
  if (sheet?.form !== 'sheet') throw new Error('the lab has sheets');
  const { lengthMm, widthMm, material } = sheet;
  const panel = part('panel', rectangle(0, 0, lengthMm - 2 * MARGIN_MM, widthMm - 2 * MARGIN_MM));
  const layout = layoutOf({ part: panel, at: [MARGIN_MM, MARGIN_MM] });
  return Buffer.from(
    JSON.stringify({
      ...layout,
      sheet: { material, lengthMm, widthMm, thicknessMm: 18 },
      marginMm: MARGIN_MM,
    }),
  );
}

function router(change: object = {}): MachineConfig {
  const config = bridgeConfig({
    ...{ server: 'http://127.0.0.1:1', mqtt: 'mqtt://127.0.0.1:1', key: 'key', dataFolder: 'bridge' },
    ...{ routerPort: 1, printerPort: 2, countedAt: 0 },
  });
  const [first] = Array.isArray(config.machines) ? config.machines : [];
  return MachineConfig.parse({ ...first, ...change });
}

describe('the router of the demonstration', () => {
  it('reaches every corner of the sheets that the lab has in stock, from where it lays them', async () => {
    expect(router()).toMatchObject({ envelope: ROUTER.envelope, sheetCornerMm: SHEET_CORNER_MM });
    const { lines } = await makeProgram(fullSheet(), router());
    expect(lines.length).toBeGreaterThan(10);
  });

  it('would refuse them from anywhere else', async () => {
    const beyond = router({ sheetCornerMm: [100, 10, 50] });
    await expect(makeProgram(fullSheet(), beyond)).rejects.toThrow(ProgramRefused);
  });
});

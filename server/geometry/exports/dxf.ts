import type { Contour, Point, SheetLayout, SheetPart } from '#contract/sheet-layout.ts';
import { fitArcs, type Piece } from '../parts/fit-arcs.ts';
import { boundsOf } from '../parts/plane-figures.ts';

/** Text of layer names: letters, digits, space, `$ - _ .` only, so that no name can carry group codes or be refused by a reader. */
function safeName(text: string): string {
  return (
    text
      .normalize('NFKD')
      .replaceAll(/[^A-Za-z0-9 $_.-]/g, '')
      .trim()
      .slice(0, 80) || 'PART'
  );
}

type Group = [code: number, value: string | number];

/** Entities get handles in order, from above those of the tables. */
const FIRST_ENTITY_HANDLE = 0x100;

const MODEL_SPACE = '1F';

function numberText(value: number): string {
  return String(Math.round(value * 1e6) / 1e6 + 0);
}

function bulgeOf(piece: Piece | undefined): number {
  return piece?.kind === 'arc' ? Math.tan(piece.sweep / 4) : 0;
}

/** Drawing of one DXF: layers in the order in which they are met, entities in model space. */
class Drawing {
  readonly layers = new Map<string, number>();
  readonly entities: Group[][] = [];

  #begin(type: string, layer: string, colour: number): Group[] {
    if (!this.layers.has(layer)) this.layers.set(layer, colour);
    const handle = (FIRST_ENTITY_HANDLE + this.entities.length).toString(16).toUpperCase();
    const groups: Group[] = [
      [0, type],
      [5, handle],
      [330, MODEL_SPACE],
      [100, 'AcDbEntity'],
      [8, layer],
    ];
    this.entities.push(groups);
    return groups;
  }

  /** A CIRCLE where the outline is one, else a closed LWPOLYLINE whose arcs are bulges. */
  addContour(contour: Contour, layer: string, colour: number): void {
    const fitted = fitArcs(contour);
    if (fitted.kind === 'circle') {
      const { centre, radius } = fitted;
      this.#begin('CIRCLE', layer, colour).push(
        [100, 'AcDbCircle'],
        [10, numberText(centre[0])],
        [20, numberText(centre[1])],
        [30, '0'],
        [40, numberText(radius)],
      );
      return;
    }
    const corners: { at: Point; piece: Piece }[] = [];
    let from = fitted.start;
    for (const piece of fitted.pieces) {
      corners.push({ at: from, piece });
      from = piece.to;
    }
    const groups = this.#begin('LWPOLYLINE', layer, colour);
    groups.push([100, 'AcDbPolyline'], [90, corners.length], [70, 1]);
    for (const { at, piece } of corners) {
      groups.push([10, numberText(at[0])], [20, numberText(at[1])]);
      if (piece.kind === 'arc') groups.push([42, numberText(bulgeOf(piece))]);
    }
  }

  addText(text: string, at: Point, heightMm: number, layer: string, colour: number): void {
    this.#begin('TEXT', layer, colour).push(
      [100, 'AcDbText'],
      [10, numberText(at[0])],
      [20, numberText(at[1])],
      [30, '0'],
      [40, numberText(heightMm)],
      [1, safeName(text)],
      [100, 'AcDbText'],
    );
  }

  write(): Uint8Array {
    const groups: Group[] = [
      ...headerGroups(FIRST_ENTITY_HANDLE + this.entities.length),
      ...tableGroups(this.layers),
      ...blockGroups(),
      [0, 'SECTION'],
      [2, 'ENTITIES'],
      ...this.entities.flat(),
      [0, 'ENDSEC'],
      ...objectGroups(),
      [0, 'EOF'],
    ];
    const lines = groups.map(([code, value]) => `${String(code).padStart(3)}\r\n${value}\r\n`);
    return new TextEncoder().encode(lines.join(''));
  }
}

function headerGroups(nextHandle: number): Group[] {
  return [
    [0, 'SECTION'],
    [2, 'HEADER'],
    [9, '$ACADVER'],
    [1, 'AC1015'],
    [9, '$HANDSEED'],
    [5, nextHandle.toString(16).toUpperCase()],
    // 4 is millimetres, 1 is metric.
    [9, '$INSUNITS'],
    [70, 4],
    [9, '$MEASUREMENT'],
    [70, 1],
    [0, 'ENDSEC'],
  ];
}

function table(name: string, handle: string, entries: readonly Group[][]): Group[] {
  const head: Group[] = [
    [0, 'TABLE'],
    [2, name],
    [5, handle],
    [330, '0'],
    [100, 'AcDbSymbolTable'],
    [70, entries.length],
  ];
  return [...head, ...entries.flat(), [0, 'ENDTAB']];
}

function record(
  type: string,
  handle: string,
  owner: string,
  subclass: string,
  name: string,
  rest: readonly Group[],
): Group[] {
  return [
    [0, type],
    [5, handle],
    [330, owner],
    [100, 'AcDbSymbolTableRecord'],
    [100, subclass],
    [2, name],
    ...rest,
  ];
}

/** The tables without which AC1015 readers refuse a file (DXF reference, "TABLES section"). */
function tableGroups(layers: ReadonlyMap<string, number>): Group[] {
  const lineTypes = ['ByBlock', 'ByLayer', 'Continuous'].map((name, index) =>
    record('LTYPE', (0x14 + index).toString(16), '5', 'AcDbLinetypeTableRecord', name, [
      [70, 0],
      [3, ''],
      [72, 65],
      [73, 0],
      [40, '0'],
    ]),
  );
  const layerEntries = [...new Map([['0', 7], ...layers])].map(([name, colour], index) =>
    record('LAYER', (0x40 + index).toString(16).toUpperCase(), '2', 'AcDbLayerTableRecord', name, [
      [70, 0],
      [62, colour],
      [6, 'Continuous'],
    ]),
  );
  const style = record('STYLE', '11', '3', 'AcDbTextStyleTableRecord', 'Standard', [
    [70, 0],
    [40, '0'],
    [41, '1'],
    [50, '0'],
    [71, 0],
    [42, '2.5'],
    [3, 'txt'],
    [4, ''],
  ]);
  const application = record('APPID', '12', '9', 'AcDbRegAppTableRecord', 'ACAD', [[70, 0]]);
  const spaces = [
    record('BLOCK_RECORD', MODEL_SPACE, '1', 'AcDbBlockTableRecord', '*Model_Space', []),
    record('BLOCK_RECORD', '1B', '1', 'AcDbBlockTableRecord', '*Paper_Space', []),
  ];
  return [
    [0, 'SECTION'],
    [2, 'TABLES'],
    ...table('VPORT', '8', []),
    ...table('LTYPE', '5', lineTypes),
    ...table('LAYER', '2', layerEntries),
    ...table('STYLE', '3', [style]),
    ...table('VIEW', '6', []),
    ...table('UCS', '7', []),
    ...table('APPID', '9', [application]),
    ...dimensionStyles(),
    ...table('BLOCK_RECORD', '1', spaces),
    [0, 'ENDSEC'],
  ];
}

function dimensionStyles(): Group[] {
  return [
    [0, 'TABLE'],
    [2, 'DIMSTYLE'],
    [5, 'A'],
    [330, '0'],
    [100, 'AcDbSymbolTable'],
    [70, 0],
    [100, 'AcDbDimStyleTable'],
    [0, 'ENDTAB'],
  ];
}

function blockGroups(): Group[] {
  const block = (name: string, owner: string, begin: string, end: string): Group[] => [
    [0, 'BLOCK'],
    [5, begin],
    [330, owner],
    [100, 'AcDbEntity'],
    [8, '0'],
    [100, 'AcDbBlockBegin'],
    [2, name],
    [70, 0],
    [10, '0'],
    [20, '0'],
    [30, '0'],
    [3, name],
    [1, ''],
    [0, 'ENDBLK'],
    [5, end],
    [330, owner],
    [100, 'AcDbEntity'],
    [8, '0'],
    [100, 'AcDbBlockEnd'],
  ];
  return [
    [0, 'SECTION'],
    [2, 'BLOCKS'],
    ...block('*Model_Space', MODEL_SPACE, '20', '21'),
    ...block('*Paper_Space', '1B', '1C', '1D'),
    [0, 'ENDSEC'],
  ];
}

function objectGroups(): Group[] {
  return [
    [0, 'SECTION'],
    [2, 'OBJECTS'],
    [0, 'DICTIONARY'],
    [5, 'C'],
    [330, '0'],
    [100, 'AcDbDictionary'],
    [281, 1],
    [3, 'ACAD_GROUP'],
    [350, 'D'],
    [0, 'DICTIONARY'],
    [5, 'D'],
    [330, 'C'],
    [100, 'AcDbDictionary'],
    [281, 1],
    [0, 'ENDSEC'],
  ];
}

/**
 * WikiHouse's layers: a number that is also the order of cutting, the tool, depth and side. `ANYTOOL` leaves the cutter
 * to the shop; `DONOTCUT` holds what a person reads.
 */
const INSIDE = '3_ANYTOOL_CUTTHROUGH_INSIDE';
const OUTSIDE = '4_ANYTOOL_CUTTHROUGH_OUTSIDE';
const NOTES = 'DONOTCUT';

function pocketLayer(depthMm: number): string {
  return `5_ANYTOOL_${numberText(depthMm)}MMDEEP_INSIDE`;
}

const LABEL_HEIGHT_MM = 12;

function drawPart(drawing: Drawing, part: SheetPart, label: string): void {
  for (const cutout of part.cutouts) drawing.addContour(cutout, INSIDE, 1);
  drawing.addContour(part.outline, OUTSIDE, 3);
  for (const { contour, islands, depthMm } of part.pockets) {
    for (const one of [contour, ...islands]) drawing.addContour(one, pocketLayer(depthMm), 5);
  }
  const { minX, minY, maxX, maxY } = boundsOf([part.outline]);
  drawing.addText(label, [(minX + maxX) / 2, (minY + maxY) / 2], LABEL_HEIGHT_MM, NOTES, 8);
}

/** DXF (AC1015, millimetres) of one flat part. */
export function writePartDxf(part: SheetPart): Uint8Array {
  const drawing = new Drawing();
  drawPart(drawing, part, part.partId);
  return drawing.write();
}

/** DXF (AC1015, millimetres) of a nested sheet, one layer for each operation, for shops with their own CAM. */
export function writeSheetDxf({ sheet, placed }: SheetLayout): Uint8Array {
  const drawing = new Drawing();
  const { lengthMm, widthMm, thicknessMm } = sheet;
  const size = [lengthMm, widthMm, thicknessMm].map(numberText).join('X');
  const material = safeName(sheet.material).replaceAll(' ', '').toUpperCase();
  const edge: Contour = [
    [0, 0],
    [lengthMm, 0],
    [lengthMm, widthMm],
    [0, widthMm],
  ];
  drawing.addContour(edge, `0_SHEET_${material}_${size}`, 8);
  for (const { part, copy } of placed) drawPart(drawing, part, `${part.partId} ${copy}`);
  return drawing.write();
}

import { Box3, Vector3 } from 'three';
import { type ProgramPath, readProgramPath } from '#contract/gcode-path.ts';
import type { SheetLayout } from '#contract/sheet-layout.ts';
import { placeAtLine } from './path-place.ts';
import { printBed } from './print-bed.ts';
import { sheetParts, sheetPlate } from './sheet-parts.ts';
import { createStage, type StageOptions } from './stage.ts';
import { createToolMark } from './tool-mark.ts';
import { createToolpathLines, type PathColours } from './toolpath-lines.ts';

const LINE_PX = 2.2;
/** The tool glides to where it was heard to be; telemetry comes a few times a second. */
const GLIDE_MS = 220;

export interface JobScene {
  /** A cut job has its sheet; a print job its bed. */
  layout?: SheetLayout;
  program?: string;
}

export interface JobStage {
  show(scene: JobScene): void;
  /** The line being executed and where the tool was heard to be; without a place it is where that line leads. */
  at(line: number, position?: readonly [number, number, number]): void;
  setColours(colours: PathColours): void;
  dispose(): void;
}

/** From the front and above: a sheet is read like a drawing, a print like a thing. */
const SHEET_FROM = [0, 1, 0.3] as const;
const PRINT_FROM = [0.55, 0.62, 1] as const;

/** A job on the stage: its sheet or bed, the tool's way, and the tool. */
export function openJobStage(
  canvas: HTMLCanvasElement,
  options: StageOptions & { colours: PathColours; body: string },
): JobStage {
  let colours = options.colours;
  const tool = createToolMark(colours.now);
  let lines: ReturnType<typeof createToolpathLines> | undefined;
  let parts: ReturnType<typeof sheetParts> | undefined;
  let path: ProgramPath | undefined;
  const stage = createStage(canvas, options);
  stage.beforeDrawing((mmPerPixel) => {
    tool.setMmPerPixel(mmPerPixel);
    if (path?.process === 'cut') lines?.setWidthMm(LINE_PX * mmPerPixel);
  });
  const glide = createGlide(stage, tool, options.isStill);

  return {
    show({ layout, program }) {
      stage.content.clear();
      path = program === undefined ? undefined : readProgramPath(program, { chordErrorMm: 0.2 });
      lines = path && createToolpathLines(path, colours, options.body);
      parts = layout && sheetParts(layout, path, colours);
      if (layout && parts) stage.content.add(sheetPlate(layout), parts.group);
      else stage.content.add(printBed(path));
      if (lines) stage.content.add(lines.mesh);
      stage.content.add(tool.group);
      glide.stop();
      tool.moveTo(undefined);
      stage.frame(boxFor(layout, path), layout ? SHEET_FROM : PRINT_FROM, { margin: layout ? 1.05 : 1.12 });
    },
    at(line, position) {
      lines?.showLine(line);
      parts?.showLine(line);
      const place = position ?? (path && placeAtLine(path, line));
      const isAtWork = line >= 0 && line < (path?.lines[path.count - 1] ?? 0);
      if (place && isAtWork) glide.to(place);
      else glide.hide();
      stage.invalidate();
    },
    setColours(next) {
      colours = next;
      lines?.setColours(next);
      parts?.setColours(next);
      tool.setColour(next.now);
      stage.invalidate();
    },
    dispose: stage.dispose,
  };
}

type MovingStage = ReturnType<typeof createStage>;

function createGlide(stage: MovingStage, tool: ReturnType<typeof createToolMark>, isStill: () => boolean) {
  let now: readonly [number, number, number] | undefined;
  let stop = () => {};
  const put = (place: readonly [number, number, number]) => {
    now = place;
    tool.moveTo(place);
  };
  return {
    to(place: readonly [number, number, number]) {
      stop();
      if (now === undefined || isStill()) return put(place);
      const from = now;
      let startMs: number | undefined;
      const cancel = stage.animate((nowMs) => {
        startMs ??= nowMs;
        const share = Math.min(1, (nowMs - startMs) / GLIDE_MS);
        const mix = (axis: 0 | 1 | 2) => from[axis] + (place[axis] - from[axis]) * share;
        put([mix(0), mix(1), mix(2)]);
        return share < 1;
      });
      stop = () => {
        cancel();
      };
    },
    stop() {
      stop();
      now = undefined;
    },
    hide() {
      stop();
      now = undefined;
      tool.moveTo(undefined);
    },
  };
}

/** In scene axes (Y up, Z towards the viewer). */
function boxFor(layout: SheetLayout | undefined, path: ProgramPath | undefined): Box3 {
  if (layout) {
    const { lengthMm, widthMm, thicknessMm } = layout.sheet;
    return new Box3(new Vector3(0, -thicknessMm, -widthMm), new Vector3(lengthMm, 0, 0));
  }
  const bounds = path?.workBounds ?? { min: [0, 0, 0], max: [200, 200, 20] };
  const [x0, y0] = bounds.min;
  const [x1, y1, z1] = bounds.max;
  return new Box3(new Vector3(x0, 0, -y1), new Vector3(x1, z1, -y0));
}

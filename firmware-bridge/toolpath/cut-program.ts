import type { PathBounds } from '#contract/gcode-path.ts';
import type { Refusal } from './cutter.ts';

/** G-code for one sheet, or the reasons why there is none: `lines` is empty exactly when `refusals` is not. */
export type CutProgram = {
  lines: string[];
  estimatedSeconds: number;
  /** Length of all cutting moves. */
  lengthMm: number;
  bounds: PathBounds;
  summary: CutSummary;
  refusals: Refusal[];
};

export type CutSummary = {
  parts: number;
  /** Closed cuts through the sheet, openings and outlines together. */
  contours: number;
  pockets: number;
  /** Sharp inside corners that got a dogbone so that a square corner fits. */
  relievedCorners: number;
  tabs: number;
};

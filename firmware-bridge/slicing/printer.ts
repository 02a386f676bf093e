import type { PathBounds } from '#contract/gcode-path.ts';

/** A filament printer and the filament in it. */
export type Printer = {
  bedMm: { x: number; y: number; z: number };
  nozzleMm: number;
  layerHeightMm: number;
  nozzleC: number;
  bedC: number;
  filamentDiameterMm: number;
  filamentDensityGPerCm3: number;
  printMmPerMin: number;
  firstLayerMmPerMin: number;
  travelMmPerMin: number;
  accelerationMmPerS2: number;
  retractionMm: number;
  retractionMmPerMin: number;
  /** `own` needs nothing installed; `prusa-slicer` must be found on the computer of the bridge. */
  slicer: 'own' | 'prusa-slicer';
};

/** G-code for one plate. */
export type PrintProgram = {
  lines: string[];
  layers: number;
  estimatedSeconds: number;
  filamentMm: number;
  filamentMg: number;
  bounds: PathBounds;
};

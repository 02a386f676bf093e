import { z } from 'zod';

/** A point in millimetres; on a sheet X runs along its length and Y along its width, from the lower left corner. */
export const Point = z.tuple([z.number(), z.number()]);
export type Point = z.infer<typeof Point>;

/** A closed outline: the last point joins the first and is not repeated. Outer ones run counter-clockwise, holes clockwise. */
export const Contour = z.array(Point).min(3).max(20_000);
export type Contour = z.infer<typeof Contour>;

/** A recess milled from the top face: everything inside `contour` and outside `islands`, down to `depthMm` below the top. */
export const Pocket = z.strictObject({
  contour: Contour,
  islands: z.array(Contour),
  depthMm: z.number().positive(),
});
export type Pocket = z.infer<typeof Pocket>;

/** One flat part as the machine sees it: seen from above, its pockets upwards. */
export const SheetPart = z.strictObject({
  partId: z.string().min(1).max(80),
  name: z.string().min(1).max(120),
  thicknessMm: z.number().positive(),
  outline: Contour,
  /** Openings that go through the whole thickness: slots, holes. */
  cutouts: z.array(Contour),
  pockets: z.array(Pocket),
});
export type SheetPart = z.infer<typeof SheetPart>;

/** A part at its place: already turned and moved, so that all its contours are in the sheet's coordinates. */
export const PlacedPart = z.strictObject({
  part: SheetPart,
  /** Which copy of the part this is, from 1. */
  copy: z.int().positive(),
  rotationDeg: z.number(),
  offsetMm: Point,
});
export type PlacedPart = z.infer<typeof PlacedPart>;

export const SheetStock = z.strictObject({
  material: z.string().min(1).max(80),
  lengthMm: z.number().positive(),
  widthMm: z.number().positive(),
  /** What the sheet is sold as; the measured thickness is a maker's parameter of the design. */
  thicknessMm: z.number().positive(),
});
export type SheetStock = z.infer<typeof SheetStock>;

/** One nested sheet: the file of a cut job. `application/vnd.commonwright.sheet+json`. */
export const SheetLayout = z.strictObject({
  v: z.literal(1),
  sheet: SheetStock,
  /** Smallest distance kept between two parts. */
  gapMm: z.number().nonnegative(),
  /** Distance kept to the edge of the sheet. */
  marginMm: z.number().nonnegative(),
  placed: z.array(PlacedPart).min(1).max(2_000),
  /** Area of the parts divided by the area of the sheet, 0 to 1. */
  utilisation: z.number().min(0).max(1),
});
export type SheetLayout = z.infer<typeof SheetLayout>;

export const SHEET_LAYOUT_MIME = 'application/vnd.commonwright.sheet+json';
export const PRINT_PLATE_MIME = 'model/3mf';
export const PROGRAM_MIME = 'text/x.gcode';

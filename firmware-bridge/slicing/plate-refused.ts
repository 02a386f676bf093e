export type PlateRefusal =
  | 'not-a-3mf'
  | 'mesh-broken'
  | 'too-large'
  | 'wall-too-thin'
  | 'printer-impossible'
  | 'slicer-missing'
  | 'slicer-failed';

/** A plate that cannot become a program; the message says what is wrong and what would mend it. */
export class PlateRefused extends Error {
  readonly code: PlateRefusal;
  readonly details: Readonly<Record<string, number | string>>;

  constructor(code: PlateRefusal, sentence: string, details: Record<string, number | string> = {}) {
    super(sentence);
    this.name = 'PlateRefused';
    this.code = code;
    this.details = details;
  }
}

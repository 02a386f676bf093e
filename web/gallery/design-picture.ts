import { evaluateDesign, readFile } from '../server-link.ts';
import type { Thumbnailer } from '../three/thumbnailer.ts';
import { keepPicture, keptPicture } from './kept-pictures.ts';

/** Changes whenever pictures would be drawn differently, so that none of the former ones are shown. */
const STYLE = 'style-1';

let thumbnailer: Promise<Thumbnailer> | undefined;

/** The one hidden renderer of the page, made when the first picture is wanted. */
function theThumbnailer(): Promise<Thumbnailer> {
  thumbnailer ??= import('../three/thumbnailer.ts').then(({ createThumbnailer }) => createThumbnailer());
  thumbnailer.catch(() => {
    thumbnailer = undefined;
  });
  return thumbnailer;
}

const wanted = new Map<string, Promise<string>>();

/**
 * A picture of a version as it is without any parameter changed; `blob:` address. A version is named by the hash of
 * all its files, so its picture is kept for later visits. Shapes are computed side by side, drawn one after the other.
 */
export function pictureOf(design: string, version: string): Promise<string> {
  const known = wanted.get(version);
  if (known !== undefined) return known;
  const picture = keptOrDrawn(design, version).then((blob) => URL.createObjectURL(blob));
  wanted.set(version, picture);
  picture.catch(() => wanted.delete(version));
  return picture;
}

async function keptOrDrawn(design: string, version: string): Promise<Blob> {
  const key = `${STYLE} ${version}`;
  const kept = await keptPicture(key);
  if (kept !== undefined) return kept;
  const { report } = await evaluateDesign(design, { version, parameters: {}, quantity: 1 });
  const glb = await readFile(report.files.glb);
  const picture = await (await theThumbnailer()).draw(glb, report.parts);
  // A picture that cannot be kept is drawn again at the next visit.
  await keepPicture(key, picture).catch(() => undefined);
  return picture;
}

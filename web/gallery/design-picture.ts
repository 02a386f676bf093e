import { evaluateDesign, readFile } from '../server-link.ts';
import type { Thumbnailer } from '../three/thumbnailer.ts';

let thumbnailer: Promise<Thumbnailer> | undefined;

/** The one hidden renderer of the page, made when the first picture is wanted. */
function theThumbnailer(): Promise<Thumbnailer> {
  thumbnailer ??= import('../three/thumbnailer.ts').then(({ createThumbnailer }) => createThumbnailer());
  return thumbnailer;
}

const quoted = new Map<string, Promise<string>>();
let last: Promise<unknown> = Promise.resolve();

/** A picture of a version as it is without any parameter changed; `blob:` address. One after the other, to leave the stage its time. */
export function pictureOf(design: string, version: string): Promise<string> {
  const known = quoted.get(version);
  if (known !== undefined) return known;
  const picture = last.then(() => draw(design, version));
  last = picture.catch(() => undefined);
  quoted.set(version, picture);
  picture.catch(() => quoted.delete(version));
  return picture;
}

async function draw(design: string, version: string): Promise<string> {
  const { report } = await evaluateDesign(design, { version, parameters: {}, quantity: 1 });
  return (await theThumbnailer()).draw(report.evaluation, () => readFile(report.files.glb), report.parts);
}

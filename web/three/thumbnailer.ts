import { Box3, PerspectiveCamera, Scene, Sphere, Vector3, type WebGLRenderer } from 'three';
import { disposeAll } from './dispose.ts';
import { type PartLook, readModel } from './model-scene.ts';
import { addFloor, addLights, createRenderer, distanceFor } from './stage.ts';

/** A card is at most some 340 px wide; one and a half times that is sharp enough where pixels are small. */
const WIDTH_PX = 504;
const HEIGHT_PX = 308;
const FROM = [0.8, 0.55, 1] as const;
const MARGIN = 1.16;

/** Draws pictures for the gallery with one hidden renderer, one after the other: browsers allow few of them. */
export interface Thumbnailer {
  /** A picture with a clear background. */
  draw(glb: ArrayBuffer, parts: readonly PartLook[]): Promise<Blob>;
}

export function createThumbnailer(): Thumbnailer {
  let renderer: WebGLRenderer | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    draw(glb, parts) {
      const turn = last.then(async () => {
        renderer ??= createHidden();
        return drawOne(renderer, glb, parts);
      });
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

function createHidden(): WebGLRenderer {
  const renderer = createRenderer(document.createElement('canvas'));
  renderer.setSize(WIDTH_PX, HEIGHT_PX, false);
  return renderer;
}

async function drawOne(renderer: WebGLRenderer, glb: ArrayBuffer, parts: readonly PartLook[]): Promise<Blob> {
  const scene = new Scene();
  const model = await readModel(glb, parts);
  const box = new Box3().setFromObject(model);
  const sphere = box.getBoundingSphere(new Sphere());
  addLights(scene).aim(sphere);
  addFloor(scene).position.y = box.min.y - 0.2;
  scene.add(model);
  const camera = new PerspectiveCamera(24, WIDTH_PX / HEIGHT_PX, sphere.radius / 50, sphere.radius * 60);
  const arm = new Vector3(...FROM).normalize().multiplyScalar(distanceFor(box, FROM, camera, MARGIN));
  camera.position.copy(sphere.center).add(arm);
  camera.lookAt(sphere.center);
  renderer.render(scene, camera);
  const picture = await new Promise<Blob | null>((resolve) => renderer.domElement.toBlob(resolve));
  disposeAll(scene);
  if (picture === null) throw new Error('The browser made no picture of the drawing.');
  return picture;
}

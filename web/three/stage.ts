import {
  type Box3,
  DirectionalLight,
  Group,
  HemisphereLight,
  Mesh,
  NeutralToneMapping,
  PerspectiveCamera,
  PlaneGeometry,
  Scene,
  ShadowMaterial,
  Sphere,
  Vector3,
  VSMShadowMap,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/examples/jsm/controls/OrbitControls.js';
import { disposeAll } from './dispose.ts';

const CAMERA_ANGLE_DEG = 18;
/** A camera move takes as long as other motion of the page; it eases and never overshoots. */
const CAMERA_MOVE_MS = 240;
/** More than two device pixels a pixel cannot be seen and costs a fast machine its silence. */
const PIXEL_RATIO_MAX = 2;
const KEY_TURN_RAD = Math.PI / 24;
const SHADOW_MAP_PX = 1_024;

export interface StageOptions {
  isStill: () => boolean;
  /** Called after each drawing, e.g. to redraw the scale bar. */
  drawn?: (mmPerPixel: number) => void;
}

/** From where a thing is looked at: a direction towards the camera, in scene axes (Y up). */
export type Viewpoint = readonly [x: number, y: number, z: number];

/** One canvas with light, shadow and a camera. Draws when something changed, and rests otherwise. */
export interface Stage {
  /** In millimetres, Z up, as machines and designs count. */
  readonly content: Group;
  /** In scene axes: Y up, the floor at 0. */
  readonly standing: Group;
  /** Draws once, soon. */
  invalidate(): void;
  /** Draws once, soon, with new shadows: those are kept from drawing to drawing, since light and things stand still. */
  contentChanged(): void;
  /** Runs before each drawing with the length of a pixel at the camera's target. */
  beforeDrawing(prepare: (mmPerPixel: number) => void): void;
  /** Runs before each drawing; returns true while it wants the next drawing too. */
  animate(step: (nowMs: number) => boolean): () => void;
  /** Eases the camera so that `box` (scene axes) fills the view. */
  frame(box: Box3, from: Viewpoint, options?: { margin?: number; isInstant?: boolean }): void;
  dispose(): void;
}

export function createStage(canvas: HTMLCanvasElement, options: StageOptions): Stage {
  const renderer = createRenderer(canvas);
  const scene = new Scene();
  const content = new Group();
  content.rotation.x = -Math.PI / 2;
  const standing = new Group();
  scene.add(content, standing);
  const lights = addLights(scene);
  const floor = addFloor(scene);
  const camera = new PerspectiveCamera(CAMERA_ANGLE_DEG, 1, 1, 50_000);
  const controls = createControls(camera, canvas);
  renderer.shadowMap.autoUpdate = false;
  const contentChanged = () => {
    renderer.shadowMap.needsUpdate = true;
    loop.invalidate();
  };
  const preparations: ((mmPerPixel: number) => void)[] = [];
  const loop = createLoop(() => {
    const scale = mmPerPixel(camera, controls, canvas);
    for (const prepare of preparations) prepare(scale);
    renderer.render(scene, camera);
    options.drawn?.(scale);
  });
  controls.addEventListener('change', loop.invalidate);
  const unlisten = turnByKeys(canvas, camera, controls, loop.invalidate);
  let framed: { box: Box3; from: Viewpoint; margin: number } | undefined;
  const unwatch = watchSize(canvas, (width, height) => {
    renderer.setPixelRatio(Math.min(window.devicePixelRatio, PIXEL_RATIO_MAX));
    renderer.setSize(width, height, false);
    camera.aspect = width / height;
    camera.updateProjectionMatrix();
    if (framed) place(framed.box, framed.from, framed.margin, true);
    loop.invalidate();
  });

  const place = (box: Box3, from: Viewpoint, margin: number, isInstant: boolean) => {
    const sphere = box.getBoundingSphere(new Sphere());
    const target = sphere.center.clone();
    const goal = target
      .clone()
      .addScaledVector(new Vector3(...from).normalize(), distanceFor(box, from, camera, margin));
    floor.position.y = box.min.y - 0.2;
    lights.aim(sphere);
    camera.near = Math.max(1, sphere.radius / 50);
    camera.far = sphere.radius * 60;
    camera.updateProjectionMatrix();
    if (isInstant || options.isStill()) return arrive(camera, controls, goal, target, loop.invalidate);
    easeTo({ camera, controls, goal, target, animate: loop.animate });
  };

  return {
    content,
    standing,
    beforeDrawing: (prepare) => preparations.push(prepare),
    invalidate: loop.invalidate,
    contentChanged,
    animate: loop.animate,
    frame(box, from, { margin = 1.06, isInstant = false } = {}) {
      const isFirst = framed === undefined;
      framed = { box: box.clone(), from, margin };
      place(box, from, margin, isInstant || isFirst);
      contentChanged();
    },
    dispose() {
      loop.stop();
      unwatch();
      unlisten();
      controls.dispose();
      disposeAll(scene);
      renderer.dispose();
      renderer.forceContextLoss();
    },
  };
}

/** Throws where the browser has no WebGL; whoever opens a stage says so in words. */
export function createRenderer(canvas: HTMLCanvasElement): WebGLRenderer {
  const renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
  renderer.toneMapping = NeutralToneMapping;
  renderer.toneMappingExposure = 1;
  renderer.shadowMap.enabled = true;
  renderer.shadowMap.type = VSMShadowMap;
  return renderer;
}

/** A large soft lamp from the upper left, its bounce, and a lamp from above that makes the contact shadow. */
export function addLights(scene: Scene): { aim(sphere: Sphere): void } {
  const sky = new HemisphereLight(0xfffaf0, 0xd9c8ab, 1.55);
  const key = shadowLamp(1.9, 9);
  const top = shadowLamp(0.5, 20);
  const rim = new DirectionalLight(0xdfeaff, 0.5);
  scene.add(sky, key, key.target, top, top.target, rim, rim.target);
  return {
    aim({ center, radius }) {
      place(key, new Vector3(-0.55, 1.25, 0.75), center, radius);
      place(top, new Vector3(0.05, 1, 0.08), center, radius);
      place(rim, new Vector3(0.8, 0.5, -0.9), center, radius);
    },
  };
}

function shadowLamp(intensity: number, blur: number): DirectionalLight {
  const lamp = new DirectionalLight(0xfff3e2, intensity);
  lamp.castShadow = true;
  lamp.shadow.mapSize.set(SHADOW_MAP_PX, SHADOW_MAP_PX);
  lamp.shadow.radius = blur;
  lamp.shadow.blurSamples = 16;
  return lamp;
}

function place(lamp: DirectionalLight, direction: Vector3, center: Vector3, radius: number): void {
  lamp.position.copy(center).addScaledVector(direction.normalize(), radius * 3);
  lamp.target.position.copy(center);
  const { camera } = lamp.shadow;
  Object.assign(camera, {
    left: -radius * 1.3,
    right: radius * 1.3,
    top: radius * 1.3,
    bottom: -radius * 1.3,
  });
  camera.near = radius * 0.5;
  camera.far = radius * 6;
  camera.updateProjectionMatrix();
  lamp.shadow.normalBias = radius * 0.002;
  lamp.shadow.bias = -0.0004;
  lamp.target.updateMatrixWorld();
}

export function addFloor(scene: Scene): Mesh {
  const floor = new Mesh(
    new PlaneGeometry(60_000, 60_000),
    new ShadowMaterial({ color: 0x2b2113, opacity: 0.22 }),
  );
  floor.rotation.x = -Math.PI / 2;
  floor.receiveShadow = true;
  scene.add(floor);
  return floor;
}

function createControls(camera: PerspectiveCamera, canvas: HTMLCanvasElement): OrbitControls {
  const controls = new OrbitControls(camera, canvas);
  controls.enableDamping = false;
  controls.maxPolarAngle = Math.PI * 0.495;
  // A wheel over the stage scrolls the page; zooming needs a pinch, or the wheel with Ctrl.
  controls.enableZoom = false;
  canvas.addEventListener(
    'wheel',
    (event) => {
      controls.enableZoom = event.ctrlKey || event.metaKey;
    },
    { capture: true, passive: true },
  );
  canvas.addEventListener(
    'touchstart',
    (event) => {
      controls.enableZoom = event.touches.length > 1;
    },
    { capture: true, passive: true },
  );
  // One finger still scrolls the page up and down; sideways it turns the thing.
  canvas.style.touchAction = 'pan-y';
  return controls;
}

const KEY_TURNS: Readonly<Record<string, readonly [azimuth: number, polar: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function turnByKeys(
  canvas: HTMLCanvasElement,
  camera: PerspectiveCamera,
  controls: OrbitControls,
  draw: () => void,
) {
  const turn = (event: KeyboardEvent) => {
    const steps = KEY_TURNS[event.key];
    const zoom = event.key === '+' ? 0.9 : event.key === '-' ? 1.1 : 1;
    if (steps === undefined && zoom === 1) return;
    event.preventDefault();
    const arm = camera.position.clone().sub(controls.target).multiplyScalar(zoom);
    const [azimuth, polar] = steps ?? [0, 0];
    const up = new Vector3(0, 1, 0);
    arm.applyAxisAngle(up, azimuth * KEY_TURN_RAD);
    const side = new Vector3().crossVectors(arm, up).normalize();
    const tilted = arm.clone().applyAxisAngle(side, -polar * KEY_TURN_RAD);
    const angle = tilted.angleTo(up);
    if (angle > 0.05 && angle < controls.maxPolarAngle) arm.copy(tilted);
    camera.position.copy(controls.target).add(arm);
    controls.update();
    draw();
  };
  canvas.addEventListener('keydown', turn);
  return () => canvas.removeEventListener('keydown', turn);
}

function mmPerPixel(camera: PerspectiveCamera, controls: OrbitControls, canvas: HTMLCanvasElement): number {
  const distance = camera.position.distanceTo(controls.target);
  return (2 * distance * Math.tan((camera.fov * Math.PI) / 360)) / Math.max(1, canvas.clientHeight);
}

/** How far away the camera has to be so that all eight corners of the box are in view. */
export function distanceFor(box: Box3, from: Viewpoint, camera: PerspectiveCamera, margin: number): number {
  const forward = new Vector3(...from).normalize().negate();
  const up = Math.abs(forward.y) > 0.999 ? new Vector3(0, 0, -1) : new Vector3(0, 1, 0);
  const right = new Vector3().crossVectors(forward, up).normalize();
  const above = new Vector3().crossVectors(right, forward);
  const center = box.getCenter(new Vector3());
  const tall = Math.tan((camera.fov * Math.PI) / 360);
  let distance = 1;
  for (const corner of cornersOf(box)) {
    corner.sub(center);
    const depth = -corner.dot(forward);
    const high = (Math.abs(corner.dot(above)) * margin) / tall;
    const wide = (Math.abs(corner.dot(right)) * margin) / (tall * camera.aspect);
    distance = Math.max(distance, depth + high, depth + wide);
  }
  return distance;
}

function cornersOf({ min, max }: Box3): Vector3[] {
  return [min.x, max.x].flatMap((x) =>
    [min.y, max.y].flatMap((y) => [min.z, max.z].map((z) => new Vector3(x, y, z))),
  );
}

interface Move {
  camera: PerspectiveCamera;
  controls: OrbitControls;
  goal: Vector3;
  target: Vector3;
  animate: Stage['animate'];
}

function arrive(
  camera: PerspectiveCamera,
  controls: OrbitControls,
  goal: Vector3,
  target: Vector3,
  draw: () => void,
) {
  camera.position.copy(goal);
  controls.target.copy(target);
  controls.update();
  draw();
}

function easeTo({ camera, controls, goal, target, animate }: Move): void {
  const fromPosition = camera.position.clone();
  const fromTarget = controls.target.clone();
  let startMs: number | undefined;
  animate((nowMs) => {
    startMs ??= nowMs;
    const share = Math.min(1, (nowMs - startMs) / CAMERA_MOVE_MS);
    const eased = 1 - (1 - share) ** 3;
    camera.position.lerpVectors(fromPosition, goal, eased);
    controls.target.lerpVectors(fromTarget, target, eased);
    controls.update();
    return share < 1;
  });
}

function createLoop(draw: () => void) {
  const steps = new Set<(nowMs: number) => boolean>();
  let request: number | undefined;
  const tick = (nowMs: number) => {
    request = undefined;
    for (const step of [...steps]) if (!step(nowMs)) steps.delete(step);
    draw();
    if (steps.size > 0) invalidate();
  };
  const invalidate = () => {
    request ??= requestAnimationFrame(tick);
  };
  return {
    invalidate,
    animate(step: (nowMs: number) => boolean) {
      steps.add(step);
      invalidate();
      return () => steps.delete(step);
    },
    stop() {
      if (request !== undefined) cancelAnimationFrame(request);
      steps.clear();
    },
  };
}

function watchSize(canvas: HTMLCanvasElement, resized: (width: number, height: number) => void): () => void {
  const host = canvas.parentElement ?? canvas;
  const measure = () => resized(Math.max(1, host.clientWidth), Math.max(1, host.clientHeight));
  const observer = new ResizeObserver(measure);
  observer.observe(host);
  measure();
  return () => observer.disconnect();
}

import { Box3, Color, Group, type Material, Mesh, MeshStandardMaterial, type Object3D, Vector3 } from 'three';
import { GLTFLoader } from 'three/examples/jsm/loaders/GLTFLoader.js';
import type { PartReport } from '#contract/design.ts';
import { flatFrame } from './flat-frame.ts';
import { plywoodMaterial, printedMaterial } from './materials.ts';

/** glTF counts in metres with Y up; the stage in millimetres. */
const MM = 0.001;
const LAYER_MM = 0.6;

/** What the pictures need to know of a part to draw its material. */
export type PartLook = Pick<PartReport, 'partId' | 'process' | 'size'>;

/** A GLB of the server as an object in scene axes (Y up, millimetres), standing on the floor. Parts not in `only` are left out. */
export async function readModel(
  glb: ArrayBuffer,
  parts: readonly PartLook[],
  only?: ReadonlySet<string>,
): Promise<Group> {
  const { scene } = await new GLTFLoader().parseAsync(glb.slice(0), '');
  const looks = new Map(parts.map((part) => [part.partId, part]));
  const kept = scene.children.filter((node) => only === undefined || only.has(partIdOf(node)));
  const group = new Group();
  for (const [seed, node] of kept.entries()) {
    node.traverse((object) => {
      if (object instanceof Mesh) dress(object, looks.get(partIdOf(node)), seed);
    });
    group.add(node);
  }
  group.scale.setScalar(1 / MM);
  group.updateMatrixWorld(true);
  const box = new Box3().setFromObject(group);
  const center = box.getCenter(new Vector3());
  group.position.set(-center.x, -box.min.y, -center.z);
  group.updateMatrixWorld(true);
  return group;
}

function partIdOf(node: Object3D): string {
  const { partId } = node.userData;
  return typeof partId === 'string' ? partId : '';
}

function dress(mesh: Mesh, look: PartLook | undefined, seed: number): void {
  mesh.castShadow = true;
  mesh.receiveShadow = true;
  const before: Material | undefined = Array.isArray(mesh.material) ? mesh.material[0] : mesh.material;
  const color = before instanceof MeshStandardMaterial ? before.color : new Color('#6c9bc4');
  if (look?.process === 'cut') {
    const frame = flatFrame(mesh.geometry);
    mesh.material = plywoodMaterial({ ...frame, thicknessMm: frame.thickness / MM, mm: MM, seed });
  } else {
    mesh.material = printedMaterial(color, new Vector3(0, 1, 0), LAYER_MM, MM);
  }
  before?.dispose();
}

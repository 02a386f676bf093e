import { Color, GridHelper, Group, Mesh, MeshStandardMaterial, PlaneGeometry } from 'three';
import type { ProgramPath } from '#contract/gcode-path.ts';

const GRID_MM = 10;

/** A faint grid of 10 mm squares under the print, a little larger than what is printed. */
export function printBed(path: ProgramPath | undefined): Group {
  const { min, max } = path?.workBounds ?? { min: [0, 0, 0], max: [200, 200, 0] };
  const sizeMm = Math.ceil((Math.max(max[0] - min[0], max[1] - min[1]) * 1.35) / GRID_MM / 2) * 2 * GRID_MM;
  const group = new Group();
  group.position.set((min[0] + max[0]) / 2, (min[1] + max[1]) / 2, 0);
  const plate = new Mesh(
    new PlaneGeometry(sizeMm, sizeMm),
    new MeshStandardMaterial({
      color: new Color('#d9d2c2'),
      roughness: 0.9,
      transparent: true,
      opacity: 0.55,
    }),
  );
  plate.position.z = -0.15;
  plate.receiveShadow = true;
  const grid = new GridHelper(sizeMm, sizeMm / GRID_MM, 0x8e958f, 0xb9b5a8);
  grid.rotation.x = Math.PI / 2;
  grid.material.transparent = true;
  grid.material.opacity = 0.5;
  group.add(plate, grid);
  return group;
}

import { CircleGeometry, Color, DoubleSide, Group, Mesh, MeshBasicMaterial, PlaneGeometry } from 'three';

export interface ToolMark {
  readonly group: Group;
  /** Where the tool is, in work coordinates; undefined hides it. */
  moveTo(position: readonly [number, number, number] | undefined): void;
  /** Keeps the mark the same size on the screen. */
  setMmPerPixel(mmPerPixel: number): void;
  setColour(colour: string): void;
}

/** The tool as a crosshair with a dot and a halo, in pixels. */
const ARM_PX = 22;
const DOT_PX = 4.5;
const HALO_PX = 10;

export function createToolMark(colour: string): ToolMark {
  const material = (opacity: number) =>
    new MeshBasicMaterial({
      color: colour,
      transparent: true,
      opacity,
      depthTest: false,
      side: DoubleSide,
      toneMapped: false,
    });
  const solid = material(1);
  const faint = material(0.22);
  const group = new Group();
  group.add(
    new Mesh(new CircleGeometry(HALO_PX, 40), faint),
    new Mesh(new CircleGeometry(DOT_PX, 32), solid),
    new Mesh(new PlaneGeometry(ARM_PX * 2, 1.4), solid),
    new Mesh(new PlaneGeometry(1.4, ARM_PX * 2), solid),
  );
  for (const child of group.children) child.renderOrder = 5;
  group.visible = false;
  return {
    group,
    moveTo(position) {
      group.visible = position !== undefined;
      if (position) group.position.set(position[0], position[1], Math.max(1, position[2]));
    },
    setMmPerPixel: (mmPerPixel) => group.scale.setScalar(mmPerPixel),
    setColour(next) {
      for (const one of [solid, faint]) one.color = new Color(next);
    },
  };
}

import { type Material, Mesh, type Object3D, Texture } from 'three';

/** Frees what a tree of objects holds on the graphics card; three.js does not do so by itself. */
export function disposeAll(root: Object3D): void {
  root.traverse((object) => {
    if (!(object instanceof Mesh)) return;
    object.geometry.dispose();
    const materials: Material[] = Array.isArray(object.material) ? object.material : [object.material];
    for (const material of materials) {
      for (const value of Object.values(material)) if (value instanceof Texture) value.dispose();
      material.dispose();
    }
  });
  root.clear();
}

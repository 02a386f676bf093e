import loadManifold, { type ManifoldToplevel } from 'manifold-3d';

export type { CrossSection, Manifold, Mat4, Vec2, Vec3 } from 'manifold-3d';
export type Kernel = ManifoldToplevel;

let loading: Promise<Kernel> | undefined;

/** The solid kernel, one for a worker: its WASM memory is shared by all evaluations, which free what they make. */
export function loadKernel(): Promise<Kernel> {
  loading ??= loadManifold().then((kernel) => {
    kernel.setup();
    return kernel;
  });
  return loading;
}

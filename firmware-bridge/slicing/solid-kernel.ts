import loadManifold, { type ManifoldToplevel } from 'manifold-3d';

let loading: Promise<ManifoldToplevel> | undefined;

/** Loads the WASM kernel once for the process. */
export function solidKernel(): Promise<ManifoldToplevel> {
  loading ??= loadManifold().then((kernel) => {
    kernel.setup();
    return kernel;
  });
  return loading;
}

/** Solids and sections live in the kernel's memory, which no garbage collector sees: whoever makes them keeps them here. */
export class Handles {
  readonly #kept: { delete(): void }[] = [];

  keep<Handle extends { delete(): void }>(handle: Handle): Handle {
    this.#kept.push(handle);
    return handle;
  }

  release(): void {
    for (const handle of this.#kept.splice(0)) handle.delete();
  }
}

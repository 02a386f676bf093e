import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Raised when this folder's own code changes what an evaluation gives. */
const GEOMETRY_VERSION = '1';

const require = createRequire(import.meta.url);

/** The packages do not all export their package.json, so it is read from the folder of a file that they do export. */
function versionBeside(exported: string, up: string): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(dirname(require.resolve(exported)), up, 'package.json'), 'utf8'),
  );
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

/** Versions of everything whose change may move a vertex: they are part of the key of a kept evaluation. */
export function engineVersions(): Record<string, string> {
  return {
    geometry: GEOMETRY_VERSION,
    jscad: versionBeside('@jscad/modeling', '..'),
    manifold: versionBeside('manifold-3d/manifold.wasm', '.'),
    quickjs: versionBeside('quickjs-emscripten-core', '..'),
  };
}

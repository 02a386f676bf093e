import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { refusals } from './refusals.ts';

const require = createRequire(import.meta.url);
const jscadFolder = dirname(require.resolve('@jscad/modeling'));

const engineTexts = new Map<string, string>();

/** `a: require('./a')` in an index file loads everything below it; as a getter it loads what a design really uses. */
function loadLazily(text: string): string {
  return text.replaceAll(
    /^(\s+)(\w+): (require\('[^']+'\))(,?)$/gm,
    "$1get $2() { const it = $3; Object.defineProperty(this, '$2', { value: it, writable: true, configurable: true, enumerable: true }); return it }$4",
  );
}

function engineText(path: string): string {
  const known = engineTexts.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(join(jscadFolder, path), 'utf8');
  const prepared = path.endsWith('index.js') ? loadLazily(text) : text;
  engineTexts.set(path, prepared);
  return prepared;
}

function isEngineFile(path: string): boolean {
  if (engineTexts.has(path)) return true;
  try {
    engineText(path);
    return true;
  } catch {
    return false;
  }
}

function firstThatExists(path: string, exists: (path: string) => boolean): string | undefined {
  return [path, `${path}.js`, `${path}/index.js`].find(
    (candidate) => /\.(js|json|cjs)$/.test(candidate) && exists(candidate),
  );
}

function resolveEngine(from: string, request: string): string | undefined {
  const path = posix.normalize(posix.join(posix.dirname(from), request));
  if (path.startsWith('..') || path.endsWith('.test.js')) return undefined;
  return firstThatExists(path, isEngineFile);
}

/** The modules that a design can see: its own files, and those of `@jscad/modeling`. Ids are `design:` or `jscad:` and a path. */
export interface ModuleSources {
  /** The id of a required module. Throws an AppError that names the module where it may not be had. */
  resolve(fromId: string, request: string): string;
  /** Text of a module as CommonJS, with the name that a stack trace shows. */
  read(id: string): { text: string; fileName: string };
}

const ENGINE_REQUEST = /^@jscad\/modeling(?:\/src(?:\/([\w/.-]+))?)?$/;

/** `files` holds the texts of the package by path. Nothing outside of them, and nothing of Node, can be reached. */
export function createModuleSources(files: ReadonlyMap<string, string>): ModuleSources {
  const resolveDesign = (from: string, request: string): string => {
    const engine = ENGINE_REQUEST.exec(request);
    if (engine) {
      const path = resolveEngine('index.js', `./${engine[1] ?? 'index.js'}`);
      if (path === undefined) throw refusals.moduleRefused(request.slice(0, 100), from);
      return `jscad:${path}`;
    }
    if (!/^\.{1,2}\//.test(request)) throw refusals.moduleRefused(request.slice(0, 100), from);
    const path = posix.normalize(posix.join(posix.dirname(from), request));
    if (path.startsWith('..')) throw refusals.moduleRefused(request.slice(0, 100), from);
    const found = firstThatExists(path, (candidate) => files.has(candidate));
    if (found === undefined) throw refusals.fileMissing(request.slice(0, 100), from);
    return `design:${found}`;
  };
  return {
    resolve(fromId, request) {
      const [scheme, from] = splitId(fromId);
      if (scheme === 'design') return resolveDesign(from, request);
      const path = resolveEngine(from, request);
      if (path === undefined) throw refusals.moduleRefused(request.slice(0, 100), from);
      return `jscad:${path}`;
    },
    read(id) {
      const [scheme, path] = splitId(id);
      if (scheme === 'jscad') return { text: engineText(path), fileName: `@jscad/modeling/${path}` };
      const text = files.get(path);
      if (text === undefined) throw refusals.fileMissing(path, path);
      return { text: path.endsWith('.json') ? `module.exports = ${text}` : text, fileName: path };
    },
  };
}

function splitId(id: string): [scheme: string, path: string] {
  const at = id.indexOf(':');
  return [id.slice(0, at), id.slice(at + 1)];
}

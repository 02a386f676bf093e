import { readFileSync } from 'node:fs';
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core';
import { AppError } from '../../errors.ts';
import { MAX_SEGMENTS } from './limits.ts';
import type { ModuleSources } from './module-sources.ts';
import { refusals } from './refusals.ts';
import type { Combination, SolidStore } from './solid-store.ts';

export interface HostSide {
  readonly entry: string;
  readonly sources: ModuleSources;
  readonly store: SolidStore;
  /** A refusal counts even where the script catches it. */
  readonly refuse: (error: AppError) => void;
}

/** Our own files that run inside the interpreter; each is called with its `module`. */
const guestTexts = new Map(
  ['world.js', 'modules.js', 'solids.js'].map((name) => [
    `guest:${name}`,
    readFileSync(new URL(`./guest/${name}`, import.meta.url), 'utf8'),
  ]),
);

const COMBINATIONS = new Map<string, Combination>([
  ['union', 'union'],
  ['subtract', 'subtract'],
  ['intersect', 'intersect'],
]);

type Answer = number | string | Float64Array | QuickJSHandle | undefined;

/** Puts the functions that the guest may call into an object of the context: the whole wall between script and server. */
export function exposeHost(context: QuickJSContext, host: HostSide): QuickJSHandle {
  const object = context.newObject();
  const give = (answer: Answer): QuickJSHandle => {
    if (answer === undefined) return context.undefined;
    if (typeof answer === 'number') return context.newNumber(answer);
    if (typeof answer === 'string') return context.newString(answer);
    if (answer instanceof Float64Array) return context.newArrayBuffer(answer.slice().buffer);
    return answer;
  };
  const define = (name: string, answer: (...args: QuickJSHandle[]) => Answer): void => {
    const handle = context.newFunction(name, (...args) => {
      try {
        return give(answer(...args));
      } catch (error) {
        if (error instanceof AppError) host.refuse(error);
        throw error instanceof Error ? new Error(error.message) : new Error('refused');
      }
    });
    context.setProp(object, name, handle);
    handle.dispose();
  };
  const numbers = (args: readonly QuickJSHandle[]): number[] => args.map((arg) => context.getNumber(arg));
  const buffer = (handle: QuickJSHandle | undefined): Float64Array => readBuffer(context, handle);
  const text = (handle: QuickJSHandle | undefined): string => (handle ? context.getString(handle) : '');
  const { store, sources } = host;

  define('resolve', (from, request) => sources.resolve(text(from), text(request)));
  define('compile', (id) => compile(context, sources, text(id)));
  define('refuseSegments', (segments) => {
    throw refusals.tooManySegments(numbers(segments ? [segments] : [])[0] ?? 0, MAX_SEGMENTS);
  });
  define('refuseMain', () => {
    throw refusals.noMain(host.entry);
  });
  define('addPolygons', (faces) => store.addPolygons(buffer(faces)));
  define('addCuboid', (...args) => {
    const list = numbers(args);
    return store.addCuboid(list.slice(0, 3), list.slice(3, 6));
  });
  define('addCylinder', (...args) => {
    const [x = 0, y = 0, z = 0, height = 0, radius = 0, segments = 0] = numbers(args);
    return store.addCylinder([x, y, z], height, radius, segments);
  });
  define('extrudeOutlines', (outlines, height) =>
    store.extrudeOutlines(buffer(outlines), height ? context.getNumber(height) : 0),
  );
  define('combineSolids', (kind, operands) => store.combineSolids(combination(text(kind)), buffer(operands)));
  define('combineOutlines', (kind, ...operands) =>
    store.combineOutlines(combination(text(kind)), operands.map(buffer)),
  );
  define('splitSolid', (id) => new Float64Array(store.splitSolid(id ? context.getNumber(id) : -1)));
  define('fetchTriangles', (id) => store.fetchTriangles(id ? context.getNumber(id) : -1));
  return object;
}

function combination(kind: string): Combination {
  const known = COMBINATIONS.get(kind);
  if (known === undefined) throw refusals.notAShape(kind);
  return known;
}

/** Copies: the guest's memory may move as soon as the interpreter runs on. */
function readBuffer(context: QuickJSContext, handle: QuickJSHandle | undefined): Float64Array {
  if (handle === undefined) return new Float64Array();
  const lifetime = context.getArrayBuffer(handle);
  try {
    return new Float64Array(lifetime.value.slice().buffer);
  } finally {
    lifetime.dispose();
  }
}

/** A module becomes a function on its first line, so that the lines of a stack trace are the author's. */
export function compile(context: QuickJSContext, sources: ModuleSources, id: string): QuickJSHandle {
  const guestText = guestTexts.get(id);
  const { text, fileName } = guestText === undefined ? sources.read(id) : { text: guestText, fileName: id };
  const given = guestText === undefined ? 'exports, require, module' : 'module';
  const code = `(function (${given}) {${text}\n})`;
  const result = context.evalCode(code, fileName, { strict: false });
  if (result.error === undefined) return result.value;
  const error = result.error;
  const said = [context.getProp(error, 'message'), context.getProp(error, 'stack')].map((handle) => {
    const value = context.typeof(handle) === 'string' ? context.getString(handle) : '';
    handle.dispose();
    return value;
  });
  error.dispose();
  const line = /:(\d+)/.exec(said[1] ?? '')?.[1];
  throw refusals.threw(
    `${said[0] ?? 'it cannot be read'}.`,
    ` at ${fileName}${line === undefined ? '' : `:${line}`}`,
  );
}

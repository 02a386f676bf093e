import { describe, expect, it } from 'vitest';
import { LIMITS, runDesign, script } from './run-design.ts';

describe('a design script', () => {
  it.each([
    ['loops for ever', 'for (;;) {}', 'design.too-slow'],
    [
      'allocates without end',
      'const a = []; for (;;) a.push(new Float64Array(1e5));',
      'design.out-of-memory',
    ],
    ['calls itself without end', 'const f = () => f() + 1; return f();', 'design.too-deep'],
    ['returns nothing', 'return undefined', 'design.empty'],
    ['returns an empty list', 'return []', 'design.empty'],
    ['takes everything away', 'return subtract(cuboid(), cuboid({ size: [9, 9, 9] }))', 'design.empty'],
    ['returns a flat shape', 'return circle()', 'design.flat-shape'],
    ['returns a text', "return 'wood'", 'design.not-a-shape'],
    ['returns a promise', 'return (async () => cuboid())()', 'design.asynchronous'],
    [
      'has vertices that are not numbers',
      'return jscad.geometries.geom3.fromPoints([[[0, 0, NaN], [1, 0, 0], [0, 1, 0]]])',
      'design.not-finite',
    ],
    ['stretches to infinity', 'return jscad.transforms.scale([1 / 0, 1, 1], cuboid())', 'design.not-finite'],
    [
      'is not closed',
      'return polyhedron({ points: [[0, 0, 0], [1, 0, 0], [0, 1, 0]], faces: [[0, 1, 2]] })',
      'design.not-closed',
    ],
    ['asks for a million segments', 'return sphere({ segments: 1e6 })', 'design.too-many-segments'],
    [
      'hides a refusal',
      'try { cylinder({ segments: 1e9 }); } catch {} return cuboid()',
      'design.too-many-segments',
    ],
    ['requires fs', "require('fs')", 'design.module-refused'],
    ['requires node:child_process', "require('node:child_process')", 'design.module-refused'],
    ['requires a file outside of the package', "require('../../etc/passwd')", 'design.module-refused'],
    [
      'requires a file outside of the modelling library',
      "require('@jscad/modeling/src/../../manifold-3d/manifold.js')",
      'design.module-refused',
    ],
    ['requires a file that is not there', "require('./shape.js')", 'design.file-missing'],
  ])('that %s is refused with a stable code and a sentence', async (_what, body, code) => {
    // On a busy machine filling the memory may take seconds; only a script that hangs is to meet its deadline.
    const limits = code === 'design.too-slow' ? LIMITS : { ...LIMITS, deadlineMs: 30_000 };
    await expect(runDesign(script(body), {}, limits)).rejects.toMatchObject({
      kind: 'bad-input',
      code,
      message: expect.stringMatching(/\.$/),
    });
  });

  it('that throws is refused with its own words, file and line', async () => {
    const source =
      "const main = () => {\n  throw new Error('the board is too short');\n};\nmodule.exports = { main };";
    await expect(runDesign(source)).rejects.toMatchObject({
      code: 'design.script-error',
      message:
        'The design stopped with an error at design.js:2: the board is too short. Correct the script and try again.',
    });
  });

  it('that cannot be read is refused with its line', async () => {
    await expect(runDesign('const main = () => {\n  return ]\n};')).rejects.toMatchObject({
      code: 'design.script-error',
      message: expect.stringContaining('design.js:2'),
    });
  });

  it('that calls what JSCAD does not have is told the name', async () => {
    await expect(runDesign(script('return jscad.primitives.blob()'))).rejects.toThrow(
      '@jscad/modeling.primitives has nothing called "blob"',
    );
  });

  it('that exports no main is told how to end', async () => {
    await expect(runDesign('module.exports = {}')).rejects.toMatchObject({ code: 'design.no-main' });
  });

  it('may lie in several files', async () => {
    const [solid] = await runDesign({
      'design.js': "const { box } = require('./lib/box'); module.exports = { main: () => box(2) };",
      'lib/box.js':
        "const { cube } = require('@jscad/modeling').primitives; module.exports = { box: (size) => cube({ size }) };",
    });
    expect(solid?.solid.volume()).toBeCloseTo(8, 6);
  });
});

describe('an attempt to leave the sandbox', () => {
  const report = (expression: string) =>
    script(`const c = cuboid(); c.name = String(${expression}); return c;`);
  it.each([
    ['typeof process', 'undefined'],
    ['typeof require.main', 'undefined'],
    ['typeof fetch', 'undefined'],
    ['typeof setTimeout', 'undefined'],
    ['typeof WebAssembly', 'undefined'],
    ['typeof host', 'undefined'],
    ['typeof module.given', 'undefined'],
    ["(() => {}).constructor.constructor('return typeof process')()", 'undefined'],
    ["this.constructor.constructor('return typeof process')()", 'undefined'],
    ["new Function('return typeof globalThis.process')()", 'undefined'],
    ["require.constructor('return typeof process')()", 'undefined'],
    ["Object.getPrototypeOf(async () => {}).constructor('return typeof process').name", 'anonymous'],
    ["eval('typeof process')", 'undefined'],
    [
      'Reflect.ownKeys(globalThis).filter((key) => /process|require|Deno|Bun|std|os|scriptArgs/.test(String(key))).length',
      '0',
    ],
    ['Date.now() === new Date().getTime() && Date.now()', '1714521600000'],
    ['new Date(0).constructor.now()', '1714521600000'],
    ['new Date().getTimezoneOffset()', '0'],
    [
      '(() => { let at; try { null.x } catch (error) { at = error.stack } return /server|node_modules|file:/.test(at) })()',
      'false',
    ],
    [
      "(() => { try { require('./nothing') } catch (error) { return error.constructor.constructor('return typeof process')() } })()",
      'undefined',
    ],
  ])('%s finds nothing', async (expression, found) => {
    const run = runDesign(report(expression));
    if (expression.includes('./nothing'))
      await expect(run).rejects.toMatchObject({ code: 'design.file-missing' });
    else expect((await run)[0]?.name).toBe(found);
  });

  it('by the prototypes of the guest changes nothing of the server and nothing of the next design', async () => {
    await runDesign(
      script(
        "Object.prototype.polluted = 'yes'; Array.prototype.map = () => []; jscad.primitives.cuboid = null; return sphere({ segments: 8 })",
      ),
    ).catch(() => []);
    expect('polluted' in {}).toBe(false);
    const [clean] = await runDesign(report("'polluted' in {}"));
    expect(clean?.name).toBe('false');
    expect(clean?.solid.volume()).toBeCloseTo(8, 6);
  });

  it('by a forged handle of a solid is refused', async () => {
    await expect(
      runDesign(script('return { polygons: { length: 3 }, transforms: [1], name: "x" }')),
    ).rejects.toMatchObject({ code: 'design.not-a-shape' });
  });
});

describe('shapes', () => {
  const volume = async (body: string): Promise<number> => {
    const solids = await runDesign(script(body));
    return solids.reduce((sum, { solid }) => sum + solid.volume(), 0);
  };

  it.each([
    ['a difference', 'return subtract(cuboid({ size: [10, 10, 10] }), cuboid({ size: [2, 2, 20] }))', 960],
    [
      'a union of moved copies',
      'const c = cuboid({ size: [2, 2, 2] }); return union(c, translate([1, 0, 0], c))',
      12,
    ],
    [
      'an intersection',
      'return intersect(cuboid({ size: [4, 4, 4] }), translate([2, 0, 0], cuboid({ size: [4, 4, 4] })))',
      32,
    ],
    [
      'a mirrored and turned difference',
      'return mirrorX(rotate([1, 2, 3], subtract(cuboid({ size: [4, 4, 4] }), cuboid({ size: [2, 2, 9] }))))',
      48,
    ],
    [
      'a flat difference, extruded',
      'return extrudeLinear({ height: 5 }, subtract(rectangle({ size: [20, 10] }), rectangle({ size: [4, 4] })))',
      920,
    ],
    [
      'a twisted extrusion by JSCAD itself',
      'return extrudeLinear({ height: 1, twistAngle: 0.0001, twistSteps: 1 }, rectangle({ size: [2, 2] }))',
      4,
    ],
    ['pieces of a union', 'return scission(union(cuboid(), translate([9, 0, 0], cuboid())))', 16],
    ['a hull', 'return jscad.hulls.hull(cuboid(), translate([2, 0, 0], cuboid()))', 16],
    [
      'a polygon count of an unseen solid',
      'return jscad.geometries.geom3.toPolygons(cuboid()).length === 6 ? cuboid() : []',
      8,
    ],
    [
      'a box measured after a boolean',
      'const b = jscad.measurements.measureBoundingBox(translate([5, 0, 0], union(cuboid(), cuboid()))); return cuboid({ size: [b[1][0], 1, 1] })',
      6,
    ],
    ['a spread copy', "return { ...subtract(cuboid(), cuboid({ size: [1, 1, 9] })), name: 'x' }", 6],
  ])('%s has the volume that it must have', async (_what, body, expected) => {
    expect(await volume(body)).toBeCloseTo(expected, 3);
  });
});

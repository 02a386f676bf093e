import { AppError } from '../../errors.ts';

/** Everything that a design can do wrong while its script runs, as a sentence for its author. */
export const refusals = {
  tooSlow: (seconds: number) =>
    new AppError(
      'bad-input',
      `The design did not finish within ${seconds} s. Look for a loop that never ends, or make the shape with fewer pieces.`,
      { code: 'design.too-slow', details: { seconds } },
    ),
  outOfMemory: (mebibytes: number) =>
    new AppError(
      'bad-input',
      `The design asked for more than ${mebibytes} MB of memory. Look for a list that grows without end, or use fewer and coarser shapes.`,
      { code: 'design.out-of-memory', details: { mebibytes } },
    ),
  tooDeep: (where: string) =>
    new AppError(
      'bad-input',
      `The design calls itself too deeply${where}. Look for a function that calls itself without end.`,
      { code: 'design.too-deep', details: { where } },
    ),
  threw: (message: string, where: string) =>
    new AppError(
      'bad-input',
      `The design stopped with an error${where}: ${message} Correct the script and try again.`,
      {
        code: 'design.script-error',
        details: { message, where },
      },
    ),
  noMain: (entry: string) =>
    new AppError(
      'bad-input',
      `${entry} exports no function called main. End it with module.exports = { main, getParameterDefinitions }.`,
      { code: 'design.no-main', details: { entry } },
    ),
  returnsNothing: () =>
    new AppError('bad-input', 'The design returns no shape. Let main return its solids, in a list.', {
      code: 'design.empty',
    }),
  emptySolid: (name: string) =>
    new AppError(
      'bad-input',
      `The design returns ${name === '' ? 'a solid' : `the solid "${name}"`} without any volume. Look for a subtraction that takes everything away.`,
      { code: 'design.empty', details: { name } },
    ),
  returnsPromise: () =>
    new AppError(
      'bad-input',
      'The main function of the design returns a promise. Let it return its solids at once: there is nothing to wait for in a design.',
      { code: 'design.asynchronous' },
    ),
  flatShape: (name: string) =>
    new AppError(
      'bad-input',
      `The design returns ${name === '' ? 'a flat shape' : `the flat shape "${name}"`}. Give it a thickness with extrudeLinear.`,
      { code: 'design.flat-shape', details: { name } },
    ),
  notAShape: (name: string) =>
    new AppError(
      'bad-input',
      `The design returns something that is not a solid${name === '' ? '' : ` ("${name}")`}. Let main return solids of @jscad/modeling only.`,
      { code: 'design.not-a-shape', details: { name } },
    ),
  moduleRefused: (request: string, from: string) =>
    new AppError(
      'bad-input',
      `${from} asks for require('${request}'), which a design may not have. Only '@jscad/modeling' and files of the package itself, such as './shape.js', can be required.`,
      { code: 'design.module-refused', details: { request, from } },
    ),
  fileMissing: (request: string, from: string) =>
    new AppError(
      'bad-input',
      `${from} asks for require('${request}'), but the package has no such file. Add the file or correct its path.`,
      { code: 'design.file-missing', details: { request, from } },
    ),
  tooManySegments: (segments: number, max: number) =>
    new AppError(
      'bad-input',
      `The design asks for a curve of ${segments} segments; ${max} are the most. Lower the number of segments: 64 are smooth to the eye.`,
      { code: 'design.too-many-segments', details: { segments, max } },
    ),
  tooDetailed: (triangles: number, max: number) =>
    new AppError(
      'bad-input',
      `The design makes a solid of ${triangles} triangles; ${max} are the most. Use fewer segments or fewer pieces.`,
      { code: 'design.too-detailed', details: { triangles, max } },
    ),
  notFinite: (what: string) =>
    new AppError(
      'bad-input',
      `The design makes ${what} whose coordinates are not numbers. Look for a division by zero or for a parameter that is misspelt.`,
      { code: 'design.not-finite', details: { what } },
    ),
  notClosed: (status: string) =>
    new AppError(
      'bad-input',
      `The design makes a solid that is not closed (${status}). Every edge has to belong to exactly two faces: check polyhedron and fromPoints.`,
      { code: 'design.not-closed', details: { status } },
    ),
  tooMuchOutput: () =>
    new AppError(
      'bad-input',
      'The design returns too much. Let main return at most 2000 solids with short names.',
      { code: 'design.too-much-output' },
    ),
};

// A corner for three square sticks. Stands on the bed as it is printed: one socket up, two flat, without support.
const { booleans, colors, extrusions, primitives, transforms } = require('@jscad/modeling');
const { subtract, union } = booleans;
const { colorize } = colors;
const { extrudeLinear } = extrusions;
const { cuboid, cylinder, polygon, roundedRectangle } = primitives;
const { rotateX, rotateY, rotateZ, translate } = transforms;

const getParameterDefinitions = () => [
  { name: 'stick', type: 'float', caption: 'Width of the stick', initial: 20, min: 10, max: 40, step: 0.5 },
  { name: 'wall', type: 'float', caption: 'Thickness of the walls', initial: 3.2, min: 2, max: 6, step: 0.2 },
  { name: 'arm', type: 'int', caption: 'Depth of the sockets', initial: 35, min: 15, max: 80 },
  { name: 'screws', type: 'checkbox', caption: 'Holes for screws', checked: true },
  { name: 'screw', type: 'float', caption: 'Diameter of the screws', initial: 4, min: 2, max: 6, step: 0.5 },
  {
    name: 'clearance',
    type: 'float',
    caption: 'Play of a stick in its socket',
    initial: 0.3,
    min: 0.1,
    max: 1,
    step: 0.05,
  },
];

/** The outer width of a socket. */
const outerWidth = ({ stick, wall, clearance }) => stick + clearance + 2 * wall;

/** A tube of the whole length upwards, its lower end closed by a floor as thick as the walls. */
const makeArm = (p) => {
  const width = outerWidth(p);
  const radius = Math.min(3, p.wall * 0.9);
  return extrudeLinear(
    { height: width + p.arm },
    roundedRectangle({ size: [width, width], roundRadius: radius, segments: 32 }),
  );
};

/** What the stick takes: it stands on the core. */
const makeBore = (p) => {
  const hole = p.stick + p.clearance;
  return cuboid({ size: [hole, hole, p.arm + 2], center: [0, 0, outerWidth(p) + p.arm / 2 + 1] });
};

/** A hole across two walls of a socket, halfway down. */
const makeScrewHole = (p) =>
  rotateX(
    Math.PI / 2,
    cylinder({
      radius: p.screw / 2,
      height: outerWidth(p) + 2,
      segments: 32,
      center: [0, outerWidth(p) + p.arm / 2, 0],
    }),
  );

/** A triangle in the corner between two sockets. It leans at 45° and prints without support. */
const makeGusset = (p) => {
  const reach = p.arm * 0.7;
  const start = outerWidth(p) / 2 - 0.5;
  const triangle = polygon({
    points: [
      [start, start],
      [start + reach, start],
      [start, start + reach],
    ],
  });
  return translate([0, 0, -p.wall / 2], extrudeLinear({ height: p.wall }, triangle));
};

const main = (p) => {
  const quarter = Math.PI / 2;
  const half = outerWidth(p) / 2;
  // Sockets along Z, X and Y begin in one core, whose middle is the origin.
  const toX = (geometry) => rotateY(quarter, geometry);
  const toY = (geometry) => rotateX(-quarter, geometry);
  const same = (geometry) => geometry;
  const directions = [same, toX, toY];
  const sunk = (geometry) => translate([0, 0, -half], geometry);
  const along = (make) => directions.map((turn) => turn(sunk(make(p))));
  // From the XY plane a gusset turns into the two upright corners.
  const gussets = [
    same,
    (geometry) => rotateX(quarter, geometry),
    (geometry) => rotateZ(quarter, rotateX(quarter, geometry)),
  ].map((turn) => turn(makeGusset(p)));
  const holes = p.screws
    ? [...along(makeScrewHole), ...directions.map((turn) => turn(rotateZ(quarter, sunk(makeScrewHole(p)))))]
    : [];
  const body = subtract(union(...along(makeArm), ...gussets), ...along(makeBore), ...holes);
  const shown = colorize([0.16, 0.47, 0.53], translate([half, half, half], body));
  shown.name = 'connector';
  return [shown];
};

module.exports = { main, getParameterDefinitions };

// A stool of three boards: two legs cross in half-laps, their tabs go through the seat. Friction holds it.
const { booleans, colors, extrusions, hulls, primitives, transforms } = require('@jscad/modeling');
const { subtract, union } = booleans;
const { colorize } = colors;
const { extrudeLinear } = extrusions;
const { hull } = hulls;
const { circle, rectangle } = primitives;
const { rotateX, rotateZ, translate } = transforms;

/** Wider than the cutter by this, so that the cutter enters a corner without dwelling. */
const RELIEF_EXTRA = 0.2;
const FOOT_RADIUS = 14;
const TAB_LENGTH = 60;

const getParameterDefinitions = () => [
  { name: 'seat', type: 'int', caption: 'Diameter of the seat', initial: 340, min: 280, max: 420, step: 10 },
  { name: 'height', type: 'int', caption: 'Height', initial: 450, min: 300, max: 680, step: 10 },
  {
    name: 'shape',
    type: 'choice',
    caption: 'Shape of the seat',
    values: ['round', 'square'],
    captions: ['Round', 'Square'],
    initial: 'round',
  },
  {
    name: 'thickness',
    type: 'float',
    caption: 'Measured thickness of the plywood',
    initial: 18,
    min: 15,
    max: 21,
    step: 0.1,
  },
  {
    name: 'clearance',
    type: 'float',
    caption: 'Play of a joint',
    initial: 0.2,
    min: 0,
    max: 0.8,
    step: 0.05,
  },
  {
    name: 'cutter',
    type: 'float',
    caption: 'Diameter of the cutter',
    initial: 6,
    min: 3,
    max: 10,
    step: 0.1,
  },
];

/** A bore through the corner `at`; `into` points to the side where the cutter is. */
const dogbone = (cutter, at, into) => {
  const radius = (cutter + RELIEF_EXTRA) / 2;
  const shift = radius / Math.SQRT2;
  return circle({ radius, segments: 32, center: [at[0] + into[0] * shift, at[1] + into[1] * shift] });
};

/** An opening with relieved corners. */
const slot = ({ center, size, cutter }) => {
  const corners = [-1, 1].flatMap((x) =>
    [-1, 1].map((y) =>
      dogbone(cutter, [center[0] + (x * size[0]) / 2, center[1] + (y * size[1]) / 2], [-x, -y]),
    ),
  );
  return union(rectangle({ size, center }), ...corners);
};

const rounded = (radius, corners) =>
  hull(...corners.map((center) => circle({ radius, center, segments: 64 })));

/** Distance of the tabs' middles from the middle of the seat. */
const tabOffset = ({ seat }) => seat * 0.25;

/** Lies in XY, feet at the bottom, the middle line at X = 0. `isUpper`: the half-lap is open at the top. */
const makeLeg = (p, isUpper) => {
  const { seat, height, thickness, clearance, cutter } = p;
  const top = height - thickness;
  const foot = seat * 0.48 - FOOT_RADIUS;
  // Flat beyond the tabs, so that the seat lies on it.
  const shoulder = tabOffset(p) + TAB_LENGTH / 2 + 10;
  const body = rounded(FOOT_RADIUS, [
    [-foot, FOOT_RADIUS],
    [foot, FOOT_RADIUS],
    [shoulder, top - FOOT_RADIUS],
    [-shoulder, top - FOOT_RADIUS],
  ]);
  const tabs = [-1, 1].map((side) =>
    rectangle({ size: [TAB_LENGTH, 2 * thickness], center: [side * tabOffset(p), top] }),
  );
  const shoulders = [-1, 1].flatMap((side) =>
    [-1, 1].map((along) =>
      dogbone(cutter, [side * tabOffset(p) + (along * TAB_LENGTH) / 2, top], [along, 1]),
    ),
  );
  // The arch between the feet reaches a third of the height; above it the half-lap begins.
  const arch = seat * 0.26;
  const archTop = top * 0.34;
  const between = rounded(arch / 2, [
    [-arch / 2, -arch],
    [arch / 2, -arch],
    [arch / 4, archTop - arch / 2],
    [-arch / 4, archTop - arch / 2],
  ]);
  const meeting = (top + archTop) / 2;
  const width = thickness + clearance;
  const [from, to] = isUpper ? [meeting, top + 10] : [archTop - 10, meeting];
  const end = isUpper ? from : to;
  const lap = rectangle({ size: [width, to - from], center: [0, (from + to) / 2] });
  const lapEnds = [-1, 1].map((side) =>
    dogbone(cutter, [(side * width) / 2, end], [-side, isUpper ? 1 : -1]),
  );
  const outline = subtract(union(body, ...tabs), between, lap, ...lapEnds, ...shoulders);
  return extrudeLinear({ height: thickness }, outline);
};

const makeSeat = (p) => {
  const { seat, thickness, clearance, cutter, shape } = p;
  const corner = seat / 2 - 60;
  const outline =
    shape === 'round'
      ? circle({ radius: seat / 2, segments: 128 })
      : rounded(60, [
          [-corner, -corner],
          [corner, -corner],
          [corner, corner],
          [-corner, corner],
        ]);
  const [long, wide] = [TAB_LENGTH + clearance, thickness + clearance];
  const slots = [-1, 1].flatMap((side) => [
    slot({ center: [side * tabOffset(p), 0], size: [long, wide], cutter }),
    slot({ center: [0, side * tabOffset(p)], size: [wide, long], cutter }),
  ]);
  return extrudeLinear({ height: thickness }, subtract(outline, ...slots));
};

const named = (name, color, geometry) => {
  const shown = colorize(color, geometry);
  shown.name = name;
  return shown;
};

const main = (p) => {
  const { height, thickness } = p;
  const quarter = Math.PI / 2;
  const upright = (leg) => translate([0, thickness / 2, 0], rotateX(quarter, leg));
  return [
    named('seat', [0.91, 0.78, 0.58], translate([0, 0, height - thickness], makeSeat(p))),
    named('leg-upper', [0.78, 0.6, 0.4], upright(makeLeg(p, true))),
    named('leg-lower', [0.7, 0.52, 0.33], rotateZ(quarter, upright(makeLeg(p, false)))),
  ];
};

module.exports = { main, getParameterDefinitions };

// A wall block of plywood: two faces, two sides, plates and ribs, held by tabs, slots and half-routs.
const { booleans, colors, primitives, transforms } = require('@jscad/modeling');
const { subtract, union } = booleans;
const { colorize } = colors;
const { cuboid, cylinder } = primitives;
const { rotateX, rotateZ, translate } = transforms;
const { dogbones, slot } = require('./joints.js');

/** Depth of the half-routs that the ends of ribs and plates stand in. */
const ROUT_DEPTH = 9;
/** Distance of the lowest and the highest plate from the ends, so that their slots stay closed. */
const END_DISTANCE = 60;
/** Play of a rib in the length: its ends must never carry. */
const END_PLAY = 0.5;
const BOLT_DIAMETER = 12;

const getParameterDefinitions = () => [
  { name: 'width', type: 'int', caption: 'Width', initial: 580, min: 400, max: 600, step: 10 },
  { name: 'height', type: 'int', caption: 'Height', initial: 2100, min: 600, max: 2400, step: 10 },
  { name: 'depth', type: 'int', caption: 'Depth', initial: 250, min: 150, max: 350, step: 10 },
  { name: 'ribs', type: 'int', caption: 'Ribs between the plates', initial: 3, min: 1, max: 6 },
  { name: 'fillHoles', type: 'checkbox', caption: 'Holes for filling in insulation', checked: true },
  {
    name: 'thickness',
    type: 'float',
    caption: 'Measured thickness of the plywood',
    initial: 18,
    min: 16,
    max: 19.5,
    step: 0.1,
  },
  {
    name: 'clearance',
    type: 'float',
    caption: 'Play of a tab in its slot',
    initial: 0.3,
    min: 0.1,
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

/** Heights of the middle planes of plates and ribs, lowest first. */
const floorHeights = ({ height, ribs }) =>
  Array.from({ length: ribs + 2 }, (_, index) => END_DISTANCE + index * floorDistance({ height, ribs }));

const floorDistance = ({ height, ribs }) => (height - 2 * END_DISTANCE) / (ribs + 1);

/** Length of a tab of a side: it stays clear of the half-routs above and below. */
const sideTabLength = (p) => Math.min(90, Math.round(floorDistance(p) / 2));

/** Heights of the middles of the sides' tabs: halfway between two floors. */
const sideTabHeights = (p) => {
  const floors = floorHeights(p);
  return floors.slice(1).map((z, index) => (z + floors[index]) / 2);
};

/** Length and middle distance of the two tabs on each long edge of a rib. */
const ribTabs = ({ width, thickness }) => {
  const inside = width - 2 * thickness;
  return { length: Math.round(inside / 5), offset: Math.round(inside / 4) };
};

/** Lies in XY with its lower left corner at the origin; X is the width of the block, Y its height. */
const makeFace = (p) => {
  const { width, height, thickness, clearance, cutter, fillHoles } = p;
  const board = cuboid({ size: [width, height, thickness], center: [width / 2, height / 2, thickness / 2] });
  const tabs = ribTabs(p);
  const cuts = [];
  for (const y of floorHeights(p)) {
    for (const side of [-1, 1]) {
      const center = [width / 2 + side * tabs.offset, y];
      cuts.push(
        ...slot({ center, size: [tabs.length + clearance, thickness + clearance], thickness, cutter }),
      );
    }
  }
  for (const y of sideTabHeights(p)) {
    const [deep, long] = [thickness + clearance / 2, sideTabLength(p) + clearance];
    for (const [edge, inward] of [
      [0, 1],
      [width, -1],
    ]) {
      cuts.push(cuboid({ size: [2 * deep, long, thickness + 2], center: [edge, y, thickness / 2] }));
      const corners = [-1, 1].map((up) => ({
        at: [edge + inward * deep, y + (up * long) / 2],
        into: [-inward, -up],
      }));
      cuts.push(...dogbones({ corners, thickness, cutter }));
    }
    if (fillHoles)
      cuts.push(
        cylinder({
          radius: Math.min(50, floorDistance(p) / 3),
          height: thickness + 2,
          center: [width / 2, y, thickness / 2],
          segments: 64,
        }),
      );
  }
  return subtract(board, ...cuts);
};

/** Lies in XY, half-routs upwards; X is the depth of the block, Y its height. */
const makeSide = (p) => {
  const { height, depth, thickness, clearance, cutter } = p;
  const inner = depth - 2 * thickness;
  const body = cuboid({ size: [inner, height, thickness], center: [depth / 2, height / 2, thickness / 2] });
  const tabs = sideTabHeights(p).map((y) =>
    cuboid({ size: [depth, sideTabLength(p), thickness], center: [depth / 2, y, thickness / 2] }),
  );
  const corners = sideTabHeights(p).flatMap((y) =>
    [-1, 1].flatMap((across) =>
      [-1, 1].map((up) => ({
        at: [depth / 2 + (across * inner) / 2, y + (up * sideTabLength(p)) / 2],
        into: [across, up],
      })),
    ),
  );
  const routs = floorHeights(p).map((y) =>
    cuboid({
      size: [depth + 2, thickness + clearance, 2 * ROUT_DEPTH],
      center: [depth / 2, y, thickness],
    }),
  );
  return subtract(union(body, ...tabs), ...routs, ...dogbones({ corners, thickness, cutter }));
};

/** Lies in XY; X is the width of the block, Y its depth. `holes` are cut through. */
const makeFloor = (p, holes) => {
  const { width, depth, thickness, cutter } = p;
  const length = width - 2 * thickness + 2 * ROUT_DEPTH - 2 * END_PLAY;
  const inner = depth - 2 * thickness;
  const body = cuboid({ size: [length, inner, thickness], center: [width / 2, depth / 2, thickness / 2] });
  const { length: tab, offset } = ribTabs(p);
  const middles = [-1, 1].map((side) => width / 2 + side * offset);
  const tabs = middles.map((x) =>
    cuboid({ size: [tab, depth, thickness], center: [x, depth / 2, thickness / 2] }),
  );
  const corners = middles.flatMap((x) =>
    [-1, 1].flatMap((along) =>
      [-1, 1].map((up) => ({ at: [x + (along * tab) / 2, depth / 2 + (up * inner) / 2], into: [along, up] })),
    ),
  );
  return subtract(union(body, ...tabs), ...holes, ...dogbones({ corners, thickness, cutter }));
};

/** A rib has an opening for cables and insulation: two round ends joined. */
const makeRib = (p) => {
  const { width, depth, thickness } = p;
  const radius = Math.min(60, (depth - 2 * thickness) / 4);
  const reach = width / 6;
  const round = (x) =>
    cylinder({ radius, height: thickness + 2, center: [x, depth / 2, thickness / 2], segments: 64 });
  const middle = cuboid({
    size: [2 * reach, 2 * radius, thickness + 2],
    center: [width / 2, depth / 2, thickness / 2],
  });
  return makeFloor(p, [union(middle, round(width / 2 - reach), round(width / 2 + reach))]);
};

/** The plates at both ends have bolt holes, by which blocks are joined. */
const makePlate = (p) => {
  const { width, depth, thickness } = p;
  const bolts = [-1, 1].flatMap((x) =>
    [-1, 1].map((y) =>
      cylinder({
        radius: BOLT_DIAMETER / 2,
        height: thickness + 2,
        center: [width / 2 + (x * width) / 3, depth / 2 + (y * (depth - 2 * thickness)) / 4, thickness / 2],
        segments: 48,
      }),
    ),
  );
  return makeFloor(p, bolts);
};

const named = (name, color, geometry) => {
  const shown = colorize(color, geometry);
  shown.name = name;
  return shown;
};

const main = (p) => {
  const { width, depth, thickness } = p;
  const quarter = Math.PI / 2;
  // A face stands with its slots between Y = 0 and Y = thickness; the second one is the first, turned about the block's middle.
  const front = translate([0, thickness, 0], rotateX(quarter, makeFace(p)));
  const aroundMiddle = (geometry) => translate([width, depth, 0], rotateZ(Math.PI, geometry));
  // A side stands with its half-routs looking to the middle of the block.
  const left = rotateZ(quarter, rotateX(quarter, makeSide(p)));
  const floors = floorHeights(p);
  const plate = makePlate(p);
  const rib = makeRib(p);
  const atHeight = (geometry, z) => translate([0, 0, z - thickness / 2], geometry);
  return [
    named('face:front', [0.9, 0.77, 0.57], front),
    named('face:back', [0.9, 0.77, 0.57], aroundMiddle(front)),
    named('side:left', [0.8, 0.64, 0.44], left),
    named('side:right', [0.8, 0.64, 0.44], aroundMiddle(left)),
    ...floors.map((z, index) =>
      index === 0 || index === floors.length - 1
        ? named(`plate:${index === 0 ? 'bottom' : 'top'}`, [0.72, 0.55, 0.36], atHeight(plate, z))
        : named(`rib:${index}`, [0.76, 0.6, 0.4], atHeight(rib, z)),
    ),
  ];
};

module.exports = { main, getParameterDefinitions };

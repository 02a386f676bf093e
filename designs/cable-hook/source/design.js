// A small hook for cables on a wall, printed in some minutes: made to try a printer, and kept because it is useful.
const { booleans, colors, extrusions, primitives, transforms } = require('@jscad/modeling');
const { subtract, union } = booleans;
const { colorize } = colors;
const { extrudeLinear } = extrusions;
const { circle, cylinder, polygon, rectangle, roundedRectangle } = primitives;
const { rotateY, translate } = transforms;

const getParameterDefinitions = () => [
  {
    name: 'cable',
    type: 'float',
    caption: 'Thickness of the bundle of cables',
    initial: 14,
    min: 6,
    max: 40,
    step: 0.5,
  },
  { name: 'width', type: 'float', caption: 'Width', initial: 10, min: 6, max: 25, step: 0.5 },
  { name: 'wall', type: 'float', caption: 'Thickness of the hook', initial: 3, min: 2, max: 5, step: 0.2 },
  { name: 'screw', type: 'float', caption: 'Diameter of the screw', initial: 3.5, min: 2, max: 5, step: 0.5 },
];

// Seen from the side: the plate on the wall at the left, the hook opens upwards. It lies on this side when it is printed.
const main = ({ cable, width, wall, screw }) => {
  const [inner, outer] = [cable / 2, cable / 2 + wall];
  const ring = subtract(circle({ radius: outer, segments: 96 }), circle({ radius: inner, segments: 96 }));
  const opening = polygon({
    points: [
      [0, 0],
      [outer * 2, outer * 0.6],
      [outer * 2, outer * 2],
      [-inner, outer * 2],
      [-inner, 0],
    ],
  });
  const height = 2 * outer + screw * 4 + 6;
  const plate = roundedRectangle({
    size: [wall, height],
    roundRadius: wall * 0.4,
    segments: 32,
    center: [-outer + wall / 2, height / 2 - outer],
  });
  const foot = rectangle({ size: [outer, wall], center: [-outer / 2, -outer + wall / 2] });
  const profile = union(subtract(ring, opening), plate, foot);
  const tip = circle({
    radius: wall / 2,
    segments: 32,
    center: [((inner + outer) / 2) * 0.9578, ((inner + outer) / 2) * 0.2873],
  });
  const hook = extrudeLinear({ height: width }, union(profile, tip));
  const across = translate(
    [-outer + wall / 2, height - outer - screw * 1.8 - 1, width / 2],
    rotateY(Math.PI / 2, cylinder({ radius: screw / 2, height: wall * 4, segments: 32 })),
  );
  const shown = colorize([0.83, 0.42, 0.22], subtract(hook, across));
  shown.name = 'hook';
  return [shown];
};

module.exports = { main, getParameterDefinitions };

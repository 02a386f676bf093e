// Joints for a round cutter: a corner that a square tab must reach is opened by a bore that passes through it.
const { primitives } = require('@jscad/modeling');
const { cuboid, cylinder } = primitives;

/** Wider than the cutter by this, so that the cutter enters without dwelling in the corner. */
const RELIEF_EXTRA = 0.2;

/** Bores through corners `{ at: [x, y], into: [±1, ±1] }`; `into` points to the side where the cutter is. */
const dogbones = ({ corners, thickness, cutter }) => {
  const radius = (cutter + RELIEF_EXTRA) / 2;
  const shift = radius / Math.SQRT2;
  return corners.map(({ at, into }) =>
    cylinder({
      radius,
      height: thickness + 2,
      center: [at[0] + into[0] * shift, at[1] + into[1] * shift, thickness / 2],
      segments: 32,
    }),
  );
};

/** A slot through the sheet with relieved corners: the shapes to take away. */
const slot = ({ center, size, thickness, cutter }) => {
  const corners = [-1, 1].flatMap((x) =>
    [-1, 1].map((y) => ({
      at: [center[0] + (x * size[0]) / 2, center[1] + (y * size[1]) / 2],
      into: [-x, -y],
    })),
  );
  const opening = cuboid({
    size: [size[0], size[1], thickness + 2],
    center: [center[0], center[1], thickness / 2],
  });
  return [opening, ...dogbones({ corners, thickness, cutter })];
};

module.exports = { dogbones, slot };

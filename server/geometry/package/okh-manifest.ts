import { z } from 'zod';

const person = z.union([
  z.string().min(1).max(200),
  z.looseObject({ name: z.string().min(1).max(200) }).transform(({ name }) => name),
]);

/** Relative to the manifest and inside the package, or a web address. */
const location = z.union([
  z.url({ protocol: /^https?$/ }),
  z.string().regex(/^(?!.*(\.\.|\/\/|:)).+$/, 'it must be a path inside the package or a web address'),
]);

/**
 * `okh.toml`: Open Know-How 2.4 in TOML. Required there: okhv, name, repo, license, licensor, function;
 * keys that the specification does not know are allowed and left alone. Older `okhv` are read too.
 */
export const OkhManifest = z.looseObject({
  okhv: z.string().regex(/^(OKH-LOSHv1\.0|2\.\d+)$/, 'write "2.4"'),
  name: z.string().trim().min(1).max(120),
  repo: z.url({ protocol: /^https?$/ }),
  /** An SPDX expression. */
  license: z
    .string()
    .regex(
      /^[A-Za-z0-9.+()-]+( (AND|OR|WITH) [A-Za-z0-9.+()-]+)*$/,
      'it must be an SPDX expression, such as CERN-OHL-S-2.0',
    )
    .max(80),
  licensor: z.union([
    person,
    z
      .array(person)
      .min(1)
      .transform((list) => list.join(', ')),
  ]),
  function: z.string().trim().min(1).max(500),
  version: z.string().trim().min(1).max(40).default('1.0.0'),
  readme: location.default('README.md'),
});
export type OkhManifest = z.infer<typeof OkhManifest>;

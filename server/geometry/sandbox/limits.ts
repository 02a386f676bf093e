/** What one run of an author's script may use. */
export interface ScriptLimits {
  readonly deadlineMs: number;
  readonly memoryMebibytes: number;
}

/** The largest bundled design needs a tenth of a second and 20 MB; a slow computer needs several times as long. */
export const DEFAULT_LIMITS: ScriptLimits = { deadlineMs: 10_000, memoryMebibytes: 192 };

/** Bytes of the interpreter's own stack: well inside the stack of its WASM module, which must never overflow. */
export const STACK_LIMIT_BYTES = 256 * 1024;

/** Segments of one curve: a circle of 1 m radius then deviates by 0.005 mm, less than any machine can cut. */
export const MAX_SEGMENTS = 1024;

/** Triangles of one solid, and of all solids that a script gives to the kernel: what a browser can still turn. */
export const MAX_TRIANGLES = 400_000;

/** Solids that a script may make on its way: an id is cheap, but each holds memory of the kernel. */
export const MAX_SOLIDS = 20_000;

/** Characters that a script may hand back: 2000 solids with matrix, colour and name. */
export const MAX_OUTPUT_CHARACTERS = 1_500_000;

export const MAX_RETURNED_SOLIDS = 2_000;

/** Random numbers of designs start here, so that two evaluations are the same; it is written in the report. */
export const SCRIPT_SEED = 20_240_501;

/** 2024-05-01T00:00:00Z: the only moment that a design can see. */
export const SCRIPT_TIME_MS = 1_714_521_600_000;

import { SheetLayout } from '#contract/sheet-layout.ts';
import type { CuttingMachine, MachineConfig, PrintingMachine } from './machine-config.ts';
import { reachOf } from './program-rules.ts';
import { PlateRefused } from './slicing/plate-refused.ts';
import { slicePlate } from './slicing/slice-plate.ts';
import type { Cutter } from './toolpath/cutter.ts';
import { makeCutProgram } from './toolpath/make-cut-program.ts';
import { verifyProgram } from './toolpath/verify-program.ts';

/** No program for this machine comes out of the file; `isFile` when no machine could make one of it. */
export class ProgramRefused extends Error {
  readonly isFile: boolean;

  constructor(sentence: string, isFile: boolean) {
    super(sentence);
    this.name = 'ProgramRefused';
    this.isFile = isFile;
  }
}

export type MadeProgram = { lines: string[]; estimatedSeconds: number };

/** Turns a job's file into the machine's own program: a nested sheet into cuts, a plate into layers. */
export async function makeProgram(file: Buffer, machine: MachineConfig): Promise<MadeProgram> {
  return machine.process === 'cut' ? cutSheet(file, machine) : printPlate(file, machine);
}

function cutSheet(file: Buffer, machine: CuttingMachine): MadeProgram {
  const layout = readLayout(file);
  const { name: _name, flutes, ...fitted } = machine.cutter;
  const cutter: Cutter = { ...fitted, dialect: 'grbl', ...(flutes !== undefined && { flutes }) };
  const envelope = reachOf(machine);
  const program = makeCutProgram(layout, cutter, { envelope, motion: machine.motion });
  const [refusal] = program.refusals;
  if (refusal !== undefined) throw new ProgramRefused(refusal.sentence, false);
  // A second opinion that shares no code with the first, before any machine gets the program.
  const [problem] = verifyProgram(program.lines, layout, cutter, envelope);
  if (problem !== undefined)
    throw new ProgramRefused(`The program was made but does not pass its check: ${problem.sentence}`, false);
  return program;
}

async function printPlate(file: Buffer, { printer, envelope }: PrintingMachine): Promise<MadeProgram> {
  const bedMm = { x: envelope.xMm, y: envelope.yMm, z: envelope.zMm };
  try {
    return await slicePlate(file, { ...printer, bedMm });
  } catch (cause) {
    if (!(cause instanceof PlateRefused)) throw cause;
    throw new ProgramRefused(cause.message, cause.code === 'not-a-3mf' || cause.code === 'mesh-broken');
  }
}

function readLayout(file: Buffer): SheetLayout {
  let value: unknown;
  try {
    value = JSON.parse(file.toString('utf8'));
  } catch {
    throw new ProgramRefused("The job's file is not a nested sheet: it is not JSON.", true);
  }
  const layout = SheetLayout.safeParse(value);
  if (layout.success) return layout.data;
  const [issue] = layout.error.issues;
  throw new ProgramRefused(
    `The job's file is not a nested sheet: ${issue?.path.join('.')}: ${issue?.message}.`,
    true,
  );
}

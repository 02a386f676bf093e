/** Where a file's lines end, so that a share of the file tells the line that is being worked on. */
export type ProgramBytes = { ends: Uint32Array; bytes: number };

/** The file that a host gets. */
export function textOf(program: readonly string[]): string {
  return `${program.join('\n')}\n`;
}

export function measureProgram(text: string): ProgramBytes {
  const lines = text.replace(/\n$/, '').split('\n');
  const ends = new Uint32Array(lines.length);
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    bytes += Buffer.byteLength(line) + 1;
    ends[index] = bytes;
  }
  return { ends, bytes };
}

/** Line, from 0, that is being worked on when this share of the bytes (0 to 1) has been read. */
export function lineAt({ ends, bytes }: ProgramBytes, share: number): number {
  const done = Math.floor(share * bytes);
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) <= done) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, Math.min(low, ends.length - 1));
}

/** One line of the table: what was measured, what it may be, and whether it is. */
export interface Figure {
  name: string;
  value: number;
  unit: 'ms' | 's' | '×' | '%' | 'MiB' | 'GETs' | '/s';
  /** The bound, and on which side of it the value has to be; none for a figure that only informs. */
  bound?: { at: number; side: 'at most' | 'at least' };
  note: string;
}

export function isMet({ value, bound }: Figure): boolean {
  if (bound === undefined) return true;
  return bound.side === 'at most' ? value <= bound.at : value >= bound.at;
}

/** The smallest value that `share` of the samples do not exceed (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('there are no samples');
  return value;
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, value, unit, bound, note } = figure;
    const limit = bound === undefined ? '' : `${bound.side} ${bound.at} ${unit}`;
    return [
      name,
      `${shown(value)} ${unit}`,
      limit,
      bound === undefined ? '' : isMet(figure) ? 'met' : 'MISSED',
      note,
    ];
  });
  const all = [['what', 'measured', 'bound', '', 'how'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function shown(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

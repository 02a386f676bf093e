/** A command in Marlin's sense: one code and its parameters. */
export type MarlinCommand = { code: string; text: string; values: ReadonlyMap<string, number> };

/** Reads a command whose number and checksum are gone; nothing for an empty or comment-only line. */
export function readCommand(line: string): MarlinCommand | undefined {
  const text = line.replace(/;.*$/s, '').trim();
  if (text === '') return;
  const head = /^([GMT])(\d+)(?:\.(\d+))?/i.exec(text);
  const code = head === null ? text : `${(head[1] ?? '').toUpperCase()}${Number(head[2])}`;
  const values = new Map<string, number>();
  const rest = head === null ? '' : text.slice(head[0].length);
  for (const [, letter, value] of rest.matchAll(/([A-Za-z])\s*([+-]?(?:\d+\.?\d*|\.\d+))?/g)) {
    values.set((letter ?? '').toUpperCase(), value === undefined ? 0 : Number(value));
  }
  return { code, text, values };
}

export type NumberedLine =
  | { kind: 'plain'; text: string }
  | { kind: 'numbered'; number: number; text: string }
  | { kind: 'wrong-sum' }
  | { kind: 'no-sum' }
  | { kind: 'no-number' };

/**
 * Takes the number and the checksum off a line. The sum covers every byte before the last star; what is carried out ends at
 * the first, so that of two lines run together by a lost line end the first is done and the second asked for again.
 */
export function readNumbered(line: string): NumberedLine {
  const found = /^\s*N(-?\d+)\s*/.exec(line);
  if (found === null) return line.includes('*') ? { kind: 'no-number' } : { kind: 'plain', text: line };
  const star = line.lastIndexOf('*');
  if (star < 0) return { kind: 'no-sum' };
  let sum = 0;
  for (let i = 0; i < star; i++) sum ^= line.charCodeAt(i);
  if (Number(line.slice(star + 1)) !== (sum & 0xff)) return { kind: 'wrong-sum' };
  return {
    kind: 'numbered',
    number: Number(found[1]),
    text: line.slice(found[0].length, line.indexOf('*')).trim(),
  };
}

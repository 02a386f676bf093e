import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkOkw } from '../../../server/commands/okw-check.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'commonwright-okw-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function checked(content: string): string[] {
  const file = join(folder, 'facilities.okw');
  writeFileSync(file, content);
  const said: string[] = [];
  checkOkw(file, (sentence) => said.push(sentence));
  return said;
}

describe('okw check', () => {
  it('names the labs of a file and what it does not say of them', () => {
    const facility = { name: 'Atelier', location: { address: 'Grenoble' }, equipment: [{ model: 'K40' }] };
    expect(checked(JSON.stringify({ okw: '1.0', facilities: [facility] }))).toEqual([
      'Atelier, Grenoble: 0 machines, 0 lots',
      '  does not say where it is, in degrees',
      '  does not say what "K40" can do: its controller, envelope and cutter or nozzle',
      '  does not say what material it has in stock',
    ]);
  });

  it('says where a file is wrong', () => {
    expect(() => checked('{')).toThrow(/is not a readable JSON file/);
    expect(() => checked('{"okw":"1.0","facilities":[{}]}')).toThrow(/facilities\.0\.name/);
  });
});

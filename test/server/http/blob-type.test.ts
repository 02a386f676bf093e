import { describe, expect, it } from 'vitest';
import { contentTypeOf, safeDownloadName } from '../../../server/http/blob-type.ts';

const text = (content: string) => {
  const bytes = Buffer.from(content, 'latin1');
  return contentTypeOf(bytes, bytes.length);
};

describe('the type of a stored file', () => {
  it.each([
    ['glTF\x02\x00\x00\x00', 'model/gltf-binary'],
    ['PK\x03\x04rest', 'model/3mf'],
    ['solid block\n  facet normal 0 0 1', 'model/stl'],
    ['999\nmade here\n0\nSECTION\n2\nHEADER', 'image/vnd.dxf'],
    ['  0\nSECTION\n', 'image/vnd.dxf'],
    ['{"v":1}', 'application/json; charset=utf-8'],
    ['G21\nG90\n', 'text/plain; charset=utf-8'],
    ['a\0b', 'application/octet-stream'],
  ])('%j is %s', (content, type) => {
    expect(text(content)).toBe(type);
  });

  it('recognises a binary STL by its length', () => {
    const stl = Buffer.alloc(84 + 2 * 50);
    stl.write('solid but binary');
    stl.writeUInt32LE(2, 80);
    expect(contentTypeOf(stl, stl.length)).toBe('model/stl');
  });

  it('never answers with a type that a browser would run', () => {
    expect(text('<html><script>alert(1)</script>')).toBe('text/plain; charset=utf-8');
    expect(text('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')).toBe('text/plain; charset=utf-8');
  });
});

describe('a download name', () => {
  it.each([
    ['wall-block v2.dxf', 'wall-block v2.dxf'],
    ['../../etc/passwd', 'etc-passwd'],
    ['a"b\r\nSet-Cookie: x', 'a-b-Set-Cookie- x'],
    ['é.stl', 'e.stl'],
    ['...', undefined],
    [['a', 'b'], undefined],
  ])('from %j is %j', (wish, name) => {
    expect(safeDownloadName(wish)).toBe(name);
  });
});

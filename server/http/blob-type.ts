/** Content is stored by hash alone, so its type is read from its first bytes, as file(1) does. */

/** How many bytes `contentTypeOf` wants to see. */
export const HEAD_BYTES = 512;

const BINARY_STL_HEADER_BYTES = 84;
const BINARY_STL_TRIANGLE_BYTES = 50;

/** Never a type that a browser would run: a stored HTML or SVG file is plain text here. */
export function contentTypeOf(head: Uint8Array, bytes: number): string {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES)).toString(
    'latin1',
  );
  if (text.startsWith('glTF')) return 'model/gltf-binary';
  if (text.startsWith('PK\x03\x04')) return 'model/3mf';
  if (text.startsWith('\x89PNG\r\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (isBinaryStl(head, bytes)) return 'model/stl';
  if (/^solid\s[\s\S]*\bfacet\b/.test(text)) return 'model/stl';
  if (/^\s*(999\r?\n[^\n]*\n\s*)*0\r?\nSECTION/.test(text)) return 'image/vnd.dxf';
  if (/^\s*[{[]/.test(text)) return 'application/json; charset=utf-8';
  return text.includes('\0') ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}

function isBinaryStl(head: Uint8Array, bytes: number): boolean {
  if (bytes < BINARY_STL_HEADER_BYTES || head.byteLength < BINARY_STL_HEADER_BYTES) return false;
  const triangles = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(80, true);
  return bytes === BINARY_STL_HEADER_BYTES + triangles * BINARY_STL_TRIANGLE_BYTES;
}

const NAME_LENGTH_MAX = 120;

/** A file name that no shell, folder or header trips over; undefined when nothing sensible is left. */
export function safeDownloadName(wish: unknown): string | undefined {
  if (typeof wish !== 'string') return undefined;
  const plain = wish
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^A-Za-z0-9._ -]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[. -]+|[. ]+$/g, '')
    .slice(0, NAME_LENGTH_MAX);
  return plain === '' ? undefined : plain;
}

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { SHEET_LAYOUT_MIME, SheetLayout } from '#contract/sheet-layout.ts';

/** One board of 300 × 200 mm with a slot, nested on a small sheet. */
export const BOARD_LAYOUT = SheetLayout.parse({
  v: 1,
  sheet: { material: 'plywood', lengthMm: 600, widthMm: 400, thicknessMm: 18 },
  gapMm: 12,
  marginMm: 15,
  placed: [
    {
      part: {
        partId: 'board',
        name: 'Board',
        thicknessMm: 18,
        outline: [
          [20, 20],
          [320, 20],
          [320, 220],
          [20, 220],
        ],
        cutouts: [
          [
            [100, 100],
            [100, 120],
            [200, 120],
            [200, 100],
          ],
        ],
        pockets: [],
      },
      copy: 1,
      rotationDeg: 0,
      offsetMm: [0, 0],
    },
  ],
  utilisation: 0.25,
});

export function jobFileOf(text: string) {
  const bytes = Buffer.from(text);
  const hash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { hash, bytes: bytes.length, mime: SHEET_LAYOUT_MIME };
}

export const BOARD_TEXT = JSON.stringify(BOARD_LAYOUT);
export const BOARD_FILE = jobFileOf(BOARD_TEXT);

/** The part of the server that bridges use: files by their hash. A test may put damaged ones in. */
export async function openJobFileServer(key: string) {
  const blobs = new Map<string, Buffer>([[BOARD_FILE.hash, Buffer.from(BOARD_TEXT)]]);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const hash = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    requests.push(`${request.method} ${hash}`);
    if (request.headers.authorization !== `Bearer ${key}`) {
      response.writeHead(401).end();
      return;
    }
    if (request.method !== 'PUT') {
      const blob = blobs.get(hash);
      response.writeHead(blob === undefined ? 404 : 200).end(request.method === 'HEAD' ? undefined : blob);
      return;
    }
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      blobs.set(hash, Buffer.concat(pieces));
      response.writeHead(201).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    blobs,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashOf, openFileStore } from '../../firmware-bridge/file-store.ts';
import { openServerFiles } from '../../firmware-bridge/server-files.ts';
import { temporaryFolder } from '../support/bridge-on-trial.ts';
import { BOARD_FILE, BOARD_TEXT, openJobFileServer } from '../support/job-files.ts';
import { BRIDGE_KEY } from '../support/scripted-coordinator.ts';

let place: ReturnType<typeof temporaryFolder>;
let server: Awaited<ReturnType<typeof openJobFileServer>>;
const patience = new AbortController().signal;

beforeEach(async () => {
  place = temporaryFolder('files');
  server = await openJobFileServer(BRIDGE_KEY);
});
afterEach(async () => {
  await server.close();
  place.remove();
});

const files = (key = BRIDGE_KEY) => openServerFiles(server.url, key, openFileStore(place.folder), () => {});
const path = `/api/blobs/${BOARD_FILE.hash}`;

describe('job files', () => {
  it('are fetched once, checked, and kept by their hash', async () => {
    expect((await files().fetch(path, BOARD_FILE, patience)).toString()).toBe(BOARD_TEXT);
    expect((await files().fetch(path, BOARD_FILE, patience)).toString()).toBe(BOARD_TEXT);
    expect(server.requests).toHaveLength(1);
  });

  it('are refused when they arrive damaged three times, shorter or longer than announced', async () => {
    for (const damaged of [
      Buffer.alloc(BOARD_FILE.bytes),
      Buffer.from('short'),
      Buffer.alloc(BOARD_FILE.bytes + 1),
    ]) {
      server.blobs.set(BOARD_FILE.hash, damaged);
      server.requests.length = 0;
      await expect(files().fetch(path, BOARD_FILE, patience)).rejects.toThrow(/arrived damaged 3 times/);
      expect(server.requests).toHaveLength(3);
    }
  });

  it('are refused when they are not there, when the key is wrong, and when they lie elsewhere', async () => {
    const missing = hashOf('missing');
    const lost = files().fetch(`/api/blobs/${missing}`, { ...BOARD_FILE, hash: missing }, patience);
    await expect(lost).rejects.toThrow(/cannot be fetched: HTTP 404/);
    await expect(files('wrong').fetch(path, BOARD_FILE, patience)).rejects.toThrow(/HTTP 401/);
    const elsewhere = files().fetch('http://example.org/file', { ...BOARD_FILE, hash: missing }, patience);
    await expect(elsewhere).rejects.toThrow(/not on this lab's server/);
  });

  it('are waited for until the lease ends, when the server is away', async () => {
    await server.close();
    const lease = new AbortController();
    const fetched = files().fetch(path, BOARD_FILE, lease.signal);
    lease.abort(new Error('The lease ended.'));
    await expect(fetched).rejects.toThrow();
    server = await openJobFileServer(BRIDGE_KEY);
  });

  it('that are damaged on disk are fetched again', async () => {
    const store = openFileStore(place.folder);
    await files().fetch(path, BOARD_FILE, patience);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(store.pathOf(BOARD_FILE.hash), 'rotten');
    expect((await files().fetch(path, BOARD_FILE, patience)).toString()).toBe(BOARD_TEXT);
    expect(server.requests).toHaveLength(2);
  });

  it('go to the server once, as programs', async () => {
    const program = Buffer.from('G21\n');
    await files().upload(hashOf(program), program, patience);
    await files().upload(hashOf(program), program, patience);
    expect(server.blobs.get(hashOf(program))?.toString()).toBe('G21\n');
    expect(server.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(1);
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Access, createAccess, ensureCommandKey } from '../../../server/accounts/access.ts';
import { openBridgeKeys } from '../../../server/accounts/bridge-keys.ts';
import { memoryKeyStore } from '../../../server/accounts/key-store.ts';
import { AppError } from '../../../server/errors.ts';
import { createApp, type WebParts } from '../../../server/http/app.ts';
import { createMemoryStorage } from '../../../server/storage/memory-storage.ts';

export interface ServedApp {
  url: string;
  access: Access;
  commandKey: string;
  /** Folder of the page: empty until the test writes into it. */
  pageFolder: string;
  /** Errors that nobody foresaw, as the app reported them. */
  reported: unknown[];
  stop(): Promise<void>;
}

const unknown = () => {
  throw new AppError('not-found', 'There is no such thing.');
};

/** Serves the web interface on a free port of 127.0.0.1; what a test does not give is empty. */
export async function serveApp(
  wish: { isLocalOnly?: boolean } & Partial<Omit<WebParts, 'access' | 'isLocalOnly'>> = {},
): Promise<ServedApp> {
  const { isLocalOnly = true, ...given } = wish;
  const keys = memoryKeyStore();
  const bridgeKeys = openBridgeKeys(createMemoryStorage());
  const access = createAccess({ keys, bridgeKeys, isLocalOnly, randomBytes });
  const { key: commandKey } = ensureCommandKey(keys, randomBytes);
  const pageFolder = mkdtempSync(join(tmpdir(), 'commonwright-page-'));
  const reported: unknown[] = [];
  const files = new Map<string, Uint8Array>();
  const app = createApp({
    access,
    isLocalOnly,
    pageFolder,
    version: '0.0.0',
    designs: { designs: () => [], detail: unknown, publish: unknown, quote: unknown },
    orders: { orders: () => [], order: async () => undefined, place: unknown, cancel: unknown },
    jobs: { jobs: () => [], job: async () => undefined, command: unknown },
    labs: {
      ...{ labs: () => [], lab: () => undefined, open: unknown, countStock: unknown },
      ...{ facilities: unknown, revokeBridge: unknown, clearFault: unknown },
    },
    agents: { keys: unknown, enrolKey: unknown, revokeKey: unknown },
    community: { community: unknown, setRanking: unknown },
    ledger: {
      ...{ head: unknown, append: unknown, published: unknown },
      ...{ proof: async () => undefined, logFile: async () => undefined },
    },
    blobs: {
      get: async (hash) => files.get(hash),
      put: async (bytes) => {
        const hash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
        files.set(hash, bytes);
        return hash;
      },
    },
    snapshot: unknown,
    health: () => ({ ok: true }),
    report: (error) => reported.push(error),
    ...given,
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    access,
    commandKey,
    pageFolder,
    reported,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(pageFolder, { recursive: true, force: true });
    },
  };
}

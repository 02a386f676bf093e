import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NoteKey } from '#contract/signed-note.ts';
import { createAccess, ensureCommandKey } from './accounts/access.ts';
import { openBridgeKeys } from './accounts/bridge-keys.ts';
import { type KeyStore, openKeyStore } from './accounts/key-store.ts';
import { openCommonsLedger } from './community/commons-ledger.ts';
import { COMMUNITY, foundHouse } from './community/founding.ts';
import { isLoopbackHost, type Settings, urlHost } from './config.ts';
import { type Demonstration, startDemonstration } from './demonstration/demonstration.ts';
import { createGeometry } from './geometry/evaluate-design.ts';
import { createJobCommands } from './labs/job-desk.ts';
import { connectLabs } from './labs/lab-connection.ts';
import { createLabCommands } from './labs/lab-desk.ts';
import { forgetPreviousEntryKey, type LogKeys, loadLogKeys } from './ledger/log-keys.ts';
import { newId } from './ledger/new-id.ts';
import { REMEMBERED_ENTRIES_MAX } from './live/follow-ledger.ts';
import { evaluateAhead } from './ordering/evaluate-ahead.ts';
import { createOrdering } from './ordering/ordering.ts';
import { publishBundledDesigns } from './publishing/bundled-designs.ts';
import { createDesignShelf } from './publishing/design-shelf.ts';
import { createPublishing } from './publishing/publishing.ts';
import { type Closing, closeInReverse } from './startup/closing.ts';
import { takeDataFolder } from './startup/data-folder.ts';
import { takeLock } from './startup/file-lock.ts';
import { openFront } from './startup/front.ts';
import { listen } from './startup/listen.ts';
import { buildPageWhenStale } from './startup/page-build.ts';
import { type Blobs, openFolderBlobs } from './storage/blobs.ts';
import { openMongoStorage } from './storage/mongo-storage.ts';
import { openSqliteStorage } from './storage/sqlite-storage.ts';
import type { Storage } from './storage/storage.ts';
import { openCosigners } from './witness/cosigners.ts';
import { openWitness } from './witness/open-witness.ts';

/** Folder of the program: sources, bundled designs, page. */
export const PROGRAM_ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface ServerWish {
  settings: Settings;
  /** Builds the page where its sources are newer, and serves it. */
  hasPage: boolean;
  hasBundledDesigns: boolean;
  demonstration?: { speedUp: number; orders?: { restMs: number; ordersPerDay: number } };
  say: (sentence: string) => void;
}

export interface RunningServer {
  url: string;
  mqttUrl: string;
  dataDir: string;
  /** Where others can reach the server: the key for commands, with the file that keeps it. */
  commandKey: { key: string; isNew: boolean; place: string } | undefined;
  demonstration: Demonstration | undefined;
  stop(): Promise<void>;
}

/**
 * Builds the house in order: data folder, storage, ledger, geometry, labs, front, designs, demonstration. What was
 * started is stopped in reverse, at the end or when a later step fails.
 */
export async function startServer(wish: ServerWish): Promise<RunningServer> {
  const closing = closeInReverse();
  try {
    return await build(wish, closing);
  } catch (error) {
    await closing.all();
    throw error;
  }
}

async function build(wish: ServerWish, closing: Closing): Promise<RunningServer> {
  const { settings, say } = wish;
  const isLocalOnly = isLoopbackHost(settings.HOST);
  // With a broker of its own a server is alone: nobody else could tell its bridges anything.
  const isShared = settings.MQTT_URL !== undefined;
  const folder = takeDataFolder({ path: settings.DATA_DIR, privatePath: settings.PRIVATE_DIR, isShared });
  closing.add(() => folder.release());
  const keys = openKeyStore(folder.privatePath);
  if (wish.hasPage) await buildPageWhenStale(PROGRAM_ROOT, say);

  const logKeys = loadLogKeys(folder.privatePath);
  const failing = { stepAside: () => {} };
  const store = await openStore(settings, folder.path);
  const ground = await openGround(
    {
      ...{ store, keys: logKeys, failing },
      // Others may write to a database even where they do not share the broker.
      isShared: isShared || settings.MONGODB_URL !== undefined,
    },
    closing,
    wish,
  );
  const bridgeKeys = openBridgeKeys(store.storage);
  await bridgeKeys.adopt(keys.formerBridgeKeys);
  const access = createAccess({ keys, bridgeKeys, isLocalOnly, randomBytes });
  const names = { community: settings.COMMUNITY_NAME, localPerson: settings.LOCAL_NAME };
  await foundHouse(ground.ledger, names, logKeys);
  forgetPreviousEntryKey(folder.privatePath);

  const web = createServer();
  const labs = await connectLabs({ settings, access, ledger: ground.ledger, newId, say });
  closing.add(() => labs.stop());
  const { route, machines } = labs;
  failing.stepAside = machines.stepAside;
  const ordering = createOrdering({ ...ground, route });
  const publishing = createPublishing(ground);
  const mqttUrl = () => labs.urlFor(isLocalOnly ? undefined : hostname());
  const labCommands = createLabCommands({ ledger: ground.ledger, access, mqttUrl, nowMs: Date.now });
  const jobCommands = createJobCommands({ ledger: ground.ledger, machines: machines.commands, route, newId });

  // Stopped after the front, which lets go of the pages that follow: closing waits for every WebSocket.
  closing.add(() => closeWeb(web));
  const front = await openFront({
    ...{ web, access, isLocalOnly, route, machines, ordering, publishing, labCommands, jobCommands },
    ledger: ground.ledger,
    newest: ground.newest,
    blobs: ground.blobs,
    shelf: ground.shelf,
    witness: witnessOf(settings, folder.privatePath, ground.storage),
    pageFolder: join(PROGRAM_ROOT, 'web', 'dist'),
    report: (error, where) => reportFault(error, where, settings),
  });
  closing.add(() => front.stop());
  // Before the address is open, so that nobody sees an empty gallery.
  if (wish.hasBundledDesigns)
    await publishBundledDesigns(
      publishing,
      { root: join(PROGRAM_ROOT, 'designs'), by: COMMUNITY, newId },
      say,
    );
  const port = await listen(web, settings.HOST, settings.PORT);
  const url = `http://${urlHost(settings.HOST)}:${port}`;
  await labs.start();

  const demonstration = await demonstrate(wish, {
    ...{ ordering, machines, labs: labCommands, ledger: ground.ledger, shelf: ground.shelf },
    ...{ watchers: front.watchers, serverUrl: url, mqttUrl: labs.urlFor(undefined) },
    folder: join(folder.path, 'demonstration'),
    closing,
  });
  if (wish.hasPage) void evaluateAhead(ground.ledger, ordering);
  if (demonstration !== undefined) closing.add(() => demonstration.stop());
  return {
    ...{ url, mqttUrl: mqttUrl(), dataDir: folder.path, demonstration },
    commandKey: isLocalOnly ? undefined : commandKeyOf(keys),
    stop: () => closing.all(),
  };
}

interface Store {
  storage: Storage;
  blobs: Blobs;
}

/** Ledger and files: in the data folder, or in the database that several hosts share. */
async function openStore({ MONGODB_URL }: Settings, folder: string): Promise<Store> {
  if (MONGODB_URL !== undefined) return openMongoStorage(MONGODB_URL);
  const blobs = openFolderBlobs(join(folder, 'files'));
  return { storage: await openSqliteStorage(join(folder, 'ledger.sqlite')), blobs };
}

/** What everything stands on: storage, ledger, files, geometry. */
async function openGround(
  parts: {
    store: Store;
    keys: LogKeys;
    isShared: boolean;
    failing: { stepAside(): void };
  },
  closing: Closing,
  { settings, say }: ServerWish,
) {
  const { store, keys, isShared, failing } = parts;
  const { storage, blobs } = store;
  const ledger = await openCommonsLedger({
    ...{ storage, keys, isShared, newId },
    nowMs: Date.now,
    cosignersOf: cosignersOf(settings, storage, say),
    onStopped: () => {
      say(
        'The ledger cannot be written any more. Look at the disk or the database, then start the server again.',
      );
      failing.stepAside();
    },
  }).catch(async (error: unknown) => {
    await storage.close().catch(() => {});
    throw error;
  });
  closing.add(() => ledger.close());
  const geometry = createGeometry({
    blobs,
    cache: {
      get: (key) => storage.get(`evaluation/${key}`),
      put: async (key, bytes) => {
        await storage.putIfAbsent(`evaluation/${key}`, bytes);
      },
    },
  });
  closing.add(() => geometry.close());
  const size = ledger.size();
  const from = Math.max(0, size - REMEMBERED_ENTRIES_MAX);
  const newest = await ledger.entries(from, size - from);
  const shelf = createDesignShelf({ state: () => ledger.state(), blobs, geometry });
  return { storage, ledger, blobs, geometry, shelf, newest };
}

/** Those who watch this server's own ledger, where some were named. */
function cosignersOf({ WITNESSES: policyFile }: Settings, storage: Storage, say: (sentence: string) => void) {
  if (policyFile === undefined) return undefined;
  const after = (delayMs: number, call: () => void) => setTimeout(call, delayMs).unref();
  const pause = (delayMs: number) => new Promise<void>((resolve) => setTimeout(resolve, delayMs));
  return (log: NoteKey) =>
    openCosigners({ ...{ policyFile, log, storage, fetch, nowMs: Date.now, after, pause, say } });
}

/** The witness that this server is for other ledgers, where it was asked to be one. */
function witnessOf({ WITNESS_FOR, WITNESS_NAME }: Settings, privateFolder: string, storage: Storage) {
  if (WITNESS_FOR === undefined) return undefined;
  return openWitness({
    ...{ policyFile: WITNESS_FOR, name: WITNESS_NAME, storage, privateFolder, nowMs: Date.now },
  });
}

type DemonstrationGround = Omit<
  Parameters<typeof startDemonstration>[0],
  'root' | 'speedUp' | 'newId' | 'nowMs' | 'say'
>;

async function demonstrate(
  wish: ServerWish,
  { closing, ...ground }: DemonstrationGround & { closing: Closing },
): Promise<Demonstration | undefined> {
  if (wish.demonstration === undefined) return undefined;
  const { speedUp, orders } = wish.demonstration;
  // On servers of several hosts nobody could tell which of them simulates the one demonstration lab.
  if (wish.settings.MONGODB_URL !== undefined) return undefined;
  const lock = takeLock(`${ground.folder}.lock`, 'alone');
  if (lock === undefined) {
    wish.say('The demonstration lab runs beside another server on this data folder.');
    return undefined;
  }
  closing.add(() => lock.release());
  const demonstration = await startDemonstration({
    ...ground,
    ...{ root: PROGRAM_ROOT, speedUp, newId, nowMs: Date.now, say: wish.say },
  });
  if (orders !== undefined)
    // The page is there at once; its first order follows when the machines have told what they are.
    demonstration
      .machinesReady()
      .then(() => demonstration.keepOrdering(orders))
      .catch((error: unknown) =>
        wish.say(
          `The demonstration does not order: ${error instanceof Error ? error.message : String(error)}`,
        ),
      );
  return demonstration;
}

function commandKeyOf(keys: KeyStore) {
  return { ...ensureCommandKey(keys, randomBytes), place: keys.commandKeyPlace };
}

function reportFault(error: unknown, where: string, { DEBUG }: Settings): void {
  const words = error instanceof Error ? error.message : String(error);
  process.stderr.write(`commonwright: a fault at ${where}: ${words}\n`);
  if (DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
}

function closeWeb(web: Server): Promise<void> {
  return new Promise((resolve) => {
    web.close(() => resolve());
    web.closeAllConnections();
  });
}

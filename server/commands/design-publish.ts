import { resolve } from 'node:path';
import { newId } from '../ledger/new-id.ts';
import { encodePackage, readPackageFolder } from '../publishing/package-folder.ts';
import { askServer } from './ask-server.ts';

/** Sends a design package to a running server, which checks it, evaluates it once and publishes it as a new version. */
export async function publishDesignFolder(
  wish: { folder: string; url: string; key: string | undefined },
  say: (sentence: string) => void,
): Promise<void> {
  const files = readPackageFolder(resolve(wish.folder));
  const published = await askServer(
    wish.url,
    '/api/designs',
    { id: newId(), package: encodePackage(files) },
    wish.key,
  );
  say(`Published ${published.design}, version ${published.number}: ${wish.url}/designs/${published.design}`);
}

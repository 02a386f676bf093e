import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the page once before the tests that serve it, so that they see the sources as they are now. */
export async function setup(): Promise<void> {
  const root = fileURLToPath(new URL('../../web', import.meta.url));
  await build({ root, logLevel: 'warn' });
}

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * The writer and the threads that it starts as plain JavaScript: reading TypeScript anew would take most of the time of a
 * process that lives for some tenths of a second. Only the threads' own first files are left out, which load the reader.
 */
export async function bundleWriter(): Promise<{ program: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'commonwright-writer-'));
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    // Hundreds of small files are read faster as one; only what is not JavaScript stays where it is.
    ssr: { noExternal: true, external: ['@photostructure/sqlite'] },
    build: {
      ssr: true,
      target: 'node20',
      minify: false,
      outDir: join(folder, 'program'),
      rolldownOptions: {
        input: {
          writer: join(root, 'test/support/killed-writers/writer.ts'),
          'sqlite-thread': join(root, 'server/storage/sqlite-worker.ts'),
          'signature-thread': join(root, 'server/ledger/signature-thread.js'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    program: join(folder, 'program', 'writer.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

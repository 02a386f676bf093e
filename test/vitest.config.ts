import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ClosingLine } from './support/closing-line.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const reporters = ['default', new ClosingLine()];

/** Whole-process and browser tests start servers and Chromium; two of them at a time is what two cores bear. */
const WHOLE_PROCESS_TIMEOUT_MS = 180_000;

export default defineConfig({
  root,
  test: {
    reporters,
    projects: [
      {
        root,
        test: {
          name: 'rules',
          include: ['test/**/*.test.ts'],
          exclude: ['test/web/**', 'test/browser/**', 'test/whole/**', 'test/faults/**'],
          testTimeout: 30_000,
        },
      },
      {
        root,
        test: {
          name: 'web',
          include: ['test/web/**/*.test.{ts,tsx}'],
          environment: 'happy-dom',
          setupFiles: ['test/web/setup.ts'],
          testTimeout: 30_000,
        },
      },
      {
        root,
        test: {
          name: 'whole',
          include: ['test/{browser,whole,faults}/**/*.test.ts'],
          globalSetup: ['test/support/build-page.ts'],
          testTimeout: WHOLE_PROCESS_TIMEOUT_MS,
          hookTimeout: WHOLE_PROCESS_TIMEOUT_MS,
          maxWorkers: 2,
          // After the others: they start processes that the rules of a busy machine would slow down.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

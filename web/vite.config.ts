import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm start` listens; the development page passes its requests on to it. */
const SERVER_URL = 'http://127.0.0.1:8080';

/** Code that changes with its library rather than with ours; three.js is asked for only by a page with a stage. */
const chunks: readonly (readonly [name: string, packages: RegExp])[] = [
  ['three', /node_modules\/three\//],
  ['react', /node_modules\/(react|react-dom|scheduler)\//],
  ['mantine', /node_modules\/(@mantine|@floating-ui)\//],
];

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    chunkSizeWarningLimit: 800,
    rollupOptions: {
      output: {
        manualChunks: (id: string) => chunks.find(([, packages]) => packages.test(id))?.[0],
      },
    },
  },
  server: {
    proxy: {
      // As an object, so that the browser's own Host goes along: the server compares it with Origin.
      '/api': { target: SERVER_URL },
      '/log': SERVER_URL,
      '/live': { target: SERVER_URL, ws: true },
    },
  },
});

import { workerData } from 'node:worker_threads';
import { build } from 'vite';

// In a thread of its own: what the bundler needs in memory is given back when the page is built.
await build(workerData);

// Node 20 cannot read TypeScript, and a worker does not inherit the reader that the server was started with.
import { register } from 'tsx/esm/api';

register();
await import('./sqlite-worker.ts');

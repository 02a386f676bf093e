// Node 20 does not read TypeScript: a thread has to register tsx for itself, before its sources.
import { register } from 'tsx/esm/api';

register();
await import('./preparation-work.ts');

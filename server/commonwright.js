#!/usr/bin/env node
// Node 20 does not read TypeScript: this registers tsx for the sources, then hands over.
import { register } from 'tsx/esm/api';

register();
const { runCommandLine } = await import('./cli.ts');
await runCommandLine(process.argv.slice(2));

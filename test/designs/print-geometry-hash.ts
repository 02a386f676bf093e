import { geometryHash } from './geometry-hash.ts';

process.stdout.write(`${await geometryHash(process.argv[2] ?? '')}\n`);

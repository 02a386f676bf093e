import { isMainThread } from 'node:worker_threads';

// Loaded before a child's own program. Its standard input is a pipe that only the server holds: when the server ends,
// however it ends, the pipe closes and the child leaves too. Worker threads load this file as well and go with it.
if (isMainThread) {
  process.stdin.on('end', () => process.exit(1));
  process.stdin.on('error', () => process.exit(1));
  process.stdin.resume();
  process.stdin.unref();
}

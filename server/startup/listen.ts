import type { Server } from 'node:http';
import { AppError } from '../errors.ts';

/** Listens, or says in one sentence why not and what to do. Returns the port. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(cause, host, port)));
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function cannotListen(cause: NodeJS.ErrnoException, host: string, port: number): AppError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new AppError(
        'conflict',
        `Port ${port} on ${host} is in use. Stop the other program, or choose another port with PORT.`,
        { code: 'listen.port-in-use', cause },
      );
    case 'EACCES':
      return new AppError(
        'not-allowed',
        `Port ${port} needs more rights than this user has. Choose a port above 1023 with PORT.`,
        { code: 'listen.not-allowed', cause },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new AppError(
        'bad-input',
        `${host} is not an address of this computer. Set HOST to one of its addresses, or to 0.0.0.0 for all of them.`,
        { code: 'listen.no-such-address', cause },
      );
    default:
      return new AppError('unavailable', `Cannot listen on ${host}:${port} (${cause.code}).`, { cause });
  }
}

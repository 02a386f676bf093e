import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fromUtf8 } from '#contract/bytes.ts';
import { logSource } from '../../../server/commands/log-source.ts';
import { nodeVerifierTools } from '../../../server/commands/verifier-tools.ts';
import type { LogVerdict } from '../../../server/verification/verdict.ts';
import { type VerifyOptions, verifyLog } from '../../../server/verification/verify-log.ts';
import { type Files, policy } from './built-log.ts';

type Answer = (path: string, reply: ServerResponse) => void;

/** A web server that shows whatever log it is told to show, or something worse. */
export interface LogServer {
  /** Gets each path under `/log/`. */
  answerWith(answer: Answer): void;
  /** Verifies what the server answers now, or these files. */
  verify(files?: Files, options?: Partial<VerifyOptions>): Promise<LogVerdict>;
  close(): Promise<void>;
}

export async function startLogServer(): Promise<LogServer> {
  let answer: Answer = (_, reply) => void reply.writeHead(404).end();
  const server = createServer((request, reply) => answer((request.url ?? '').replace(/^\/log\//, ''), reply));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    answerWith(given) {
      answer = given;
    },
    verify(files, options = {}) {
      if (files !== undefined)
        answer = (path, reply) => {
          const bytes = files.get(path);
          reply.writeHead(bytes === undefined ? 404 : 200).end(bytes);
        };
      const fetchFile = logSource(`http://127.0.0.1:${port}`);
      return verifyLog({ fetchFile, tools: nodeVerifierTools, policy, ...options });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The signed checkpoint of a log. */
export function noteOf(files: Files): string {
  return fromUtf8(files.get('checkpoint') ?? new Uint8Array());
}

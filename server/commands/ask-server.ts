import { Problem } from '#contract/http.ts';
import { AppError } from '../errors.ts';

/**
 * Sends a command to a server as any client would, and hands its answer back.
 * @param key the key of a server that others can reach; none is needed on 127.0.0.1
 * @throws AppError with the server's own sentence, or one that says that nobody answers.
 */
export async function askServer(
  url: string,
  path: string,
  body: object,
  key?: string,
): Promise<Record<string, unknown>> {
  const reply = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
  }).catch((cause) => {
    throw new AppError(
      'unavailable',
      `Nobody answers at ${url}. Check the address, and that the server runs.`,
      { cause },
    );
  });
  const answer: unknown = await reply.json().catch(() => undefined);
  if (reply.ok && typeof answer === 'object' && answer !== null) return { ...answer };
  const problem = Problem.safeParse(answer);
  throw new AppError('bad-input', problem.data?.detail ?? `The server answered ${reply.status}.`, {
    code: problem.data?.code ?? 'server.refused',
  });
}

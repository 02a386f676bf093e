import type { MachineClock } from '../../machine.ts';

/** Print hosts on small computers take seconds when they slice or index; longer is no answer. */
const ANSWER_WITHIN_MS = 10_000;
const UPLOAD_WITHIN_MS = 5 * 60_000;
/** The largest answer is a program that is read back. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;
const SERVER_ERRORS_FROM = 500;

/** The host answered that it will not, and did nothing. */
export class HostRefused extends Error {
  readonly status: number;
  constructor(sentence: string, status: number) {
    super(sentence);
    this.name = 'HostRefused';
    this.status = status;
  }
}

/** The host does not accept who we say we are: asking again does not help. */
export class AccessRefused extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'AccessRefused';
  }
}

export type HttpAnswer = { status: number; text: string };
export type HttpQuestion = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  headers?: Record<string, string>;
  body?: string | FormData;
};
/** Rejects when nothing, or only an error of the server, comes back; other answers are the caller's to judge. */
export type Ask = (question: HttpQuestion) => Promise<HttpAnswer>;

/** How a host is shown who asks. */
export interface Access {
  headersFor(question: HttpQuestion): Record<string, string>;
  /** Whether the same question has a chance now, after the host turned it down with this challenge. */
  learn(challenge: string | null): boolean;
}

export function keyAccess(key: string): Access {
  return { headersFor: () => ({ 'X-Api-Key': key }), learn: () => false };
}

export type HttpHostOptions = {
  /** Address without the closing slash, e.g. `http://octopi.local:80`. */
  base: string;
  access: Access;
  fetch: typeof fetch;
  clock: MachineClock;
};

export function openHttpHost({ base, access, fetch, clock }: HttpHostOptions): Ask {
  const once = async (question: HttpQuestion) => {
    const { method, path, headers, body } = question;
    const control = new AbortController();
    const isUpload = body instanceof FormData || (method === 'PUT' && body !== undefined);
    const limitMs = isUpload ? UPLOAD_WITHIN_MS : ANSWER_WITHIN_MS;
    const takeBack = clock.after(limitMs, () => control.abort());
    try {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { ...headers, ...access.headersFor(question) },
        ...(body !== undefined && { body }),
        redirect: 'error',
        signal: control.signal,
      });
      return {
        status: response.status,
        text: await read(response),
        challenge: response.headers.get('www-authenticate'),
      };
    } catch (cause) {
      const why = control.signal.aborted ? 'it did not answer in time' : reasonOf(cause);
      throw new Error(
        `${base} cannot be reached (${why}): check that it is switched on and in this network.`,
        {
          cause,
        },
      );
    } finally {
      takeBack();
    }
  };
  /** A kept connection may have been closed meanwhile: what only asks may be asked again, an order may not. */
  const put = (question: HttpQuestion) =>
    question.method === 'GET' ? once(question).catch(() => once(question)) : once(question);
  return async (question) => {
    const first = await put(question);
    const answer = first.status === 401 && access.learn(first.challenge) ? await put(question) : first;
    if (answer.status >= SERVER_ERRORS_FROM)
      throw new Error(`${base} answered ${answer.status}: something is wrong there, see its log.`);
    return answer;
  };
}

async function read(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('the answer is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}

import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Problem } from '#contract/http.ts';
import { AppError, type AppErrorKind } from '../errors.ts';

/** RFC 9457: the one place where an error becomes an answer. Stacks and foreign messages stay on this side. */

export const PROBLEM_MIME = 'application/problem+json';

const kinds: Record<AppErrorKind, { status: number; title: string }> = {
  'bad-input': { status: 422, title: 'The request cannot be used' },
  'not-allowed': { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Not possible in this state' },
  'cannot-be-made': { status: 422, title: 'Cannot be made' },
  'too-much': { status: 429, title: 'Too much' },
  unavailable: { status: 503, title: 'Not available' },
};

/** Codes whose status is more exact than that of their kind. */
const statusOfCode: Readonly<Record<string, number>> = {
  'access.key-missing': 401,
  'request.not-json': 400,
  'request.malformed': 400,
  'request.too-large': 413,
  'request.wrong-type': 415,
  'request.method': 405,
};

export function problemOf(error: AppError): Problem {
  const { status, title } = kinds[error.kind];
  const hasDetails = Object.keys(error.details).length > 0;
  return {
    type: 'about:blank',
    title,
    status: statusOfCode[error.code] ?? status,
    detail: error.message,
    code: error.code,
    ...(hasDetails ? { details: { ...error.details } } : {}),
  };
}

/** Turns whatever was thrown into an AppError; undefined for an error that nobody foresaw. */
export function knownError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  if (error instanceof z.ZodError) return badField(error);
  return bodyParserError(error);
}

/** One sentence that names the field, e.g. `quantity: must be at least 1.` */
export function badField(error: z.ZodError): AppError {
  const [issue] = error.issues;
  const field = issue?.path.join('.') ?? '';
  const words = issue?.message ?? 'is not usable';
  const sentence = field === '' ? `The request: ${words}.` : `${field}: ${words}.`;
  return new AppError('bad-input', sentence, {
    code: 'request.field',
    details: {
      field,
      issues: error.issues.slice(0, 20).map(({ path, message }) => ({ field: path.join('.'), message })),
    },
  });
}

function bodyParserError(error: unknown): AppError | undefined {
  if (!(error instanceof Error)) return undefined;
  switch ('type' in error ? error.type : undefined) {
    case 'entity.parse.failed':
      return new AppError('bad-input', 'The body is not JSON.', { code: 'request.not-json' });
    case 'entity.too.large':
      return new AppError('too-much', 'The body is larger than this address takes.', {
        code: 'request.too-large',
      });
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new AppError('bad-input', 'Send the body as UTF-8.', { code: 'request.wrong-type' });
    case 'request.aborted':
    case 'request.size.invalid':
      return new AppError('bad-input', 'The body ended too early.', { code: 'request.malformed' });
    default:
      // Express and its body readers mark the sender's own faults with a status, e.g. an archive that is none.
      return 'status' in error && error.status === 400
        ? new AppError('bad-input', 'The request cannot be read.', {
            code: 'request.malformed',
            cause: error,
          })
        : undefined;
  }
}

export function sendProblem(response: Response, problem: Problem): void {
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (problem.status === 429) response.setHeader('Retry-After', '5');
  response.status(problem.status).type(PROBLEM_MIME).send(JSON.stringify(problem));
}

/** Under `/api` an unknown address is a problem too, never the page. */
export const noSuchAddress: RequestHandler = (request) => {
  throw new AppError(
    'not-found',
    `There is nothing at ${request.method} ${request.baseUrl}${request.path}.`,
    {
      code: 'request.address',
    },
  );
};

/** `report` hears of every error that nobody foresaw; the client gets one sentence and nothing of the error. */
export function problemDetails(report: (error: unknown, where: string) => void): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = malformedAddress(error) ?? knownError(error);
    if (known !== undefined) {
      sendProblem(response, problemOf(known));
      return;
    }
    report(error, `${request.method} ${request.path}`);
    sendProblem(response, {
      type: 'about:blank',
      title: 'Something broke here',
      status: 500,
      detail: 'The server could not do this, and it is not your fault. Its own log says more.',
      code: 'internal',
    });
  };
}

/** Express throws a URIError for an address like `/%E0%A4%A`. */
function malformedAddress(error: unknown): AppError | undefined {
  if (!(error instanceof URIError)) return undefined;
  return new AppError('bad-input', 'The address is not well-formed.', { code: 'request.malformed' });
}

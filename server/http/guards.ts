import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { z } from 'zod';
import type { Access } from '../accounts/access.ts';
import { isHostAllowed, isOriginOurs } from '../accounts/same-origin.ts';
import { AppError } from '../errors.ts';
import { badField } from './problem-details.ts';

/** Headers for every answer. The page runs no foreign script, draws from `blob:` and talks to its own server only. */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // Mantine and three.js labels set style attributes.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", 'blob:'],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // The server itself speaks plain HTTP; whoever puts TLS before it sets this there.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'same-origin' },
    // Tiles and blobs are public reading; their own routes say so.
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
}

const isReading = (method: string) => method === 'GET' || method === 'HEAD';
const isPublicReading = (method: string, path: string) =>
  isReading(method) && ['/log/', '/witness/', '/api/blobs/'].some((prefix) => path.startsWith(prefix));

/** Refuses a name that was rebound to this computer, and requests that scripts of other sites send. */
export function sameOriginOnly(isLocalOnly: boolean): RequestHandler {
  return (request, _response, next) => {
    const { host, origin } = request.headers;
    if (!isHostAllowed(host, isLocalOnly))
      throw new AppError('not-allowed', 'This server answers to localhost and 127.0.0.1 only.', {
        code: 'access.host',
      });
    if (!isPublicReading(request.method, request.path) && !isOriginOurs(origin, host))
      throw new AppError(
        'not-allowed',
        "Another website sent this request; only this server's own page may.",
        {
          code: 'access.origin',
        },
      );
    next();
  };
}

/** Before any body is read: who may not act is told so without the server having parsed megabytes. */
export function actorsOnly(access: Access): RequestHandler {
  return (request, response, next) => {
    response.locals.actor = access.requireActor(request.headers.authorization);
    next();
  };
}

/** The agent that `actorsOnly` found. */
export function actorOf(response: { locals: Record<string, unknown> }): string {
  const { actor } = response.locals;
  if (typeof actor !== 'string') throw new Error('a command route lacks its guard');
  return actor;
}

/** Bodies are checked against the contract; the first wrong field is named. */
export function checked<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw badField(result.error);
}

/** A piece of the address, e.g. a job's id; a malformed one is simply not found. */
export function addressed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  noun: string,
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new AppError('not-found', `There is no ${noun} "${String(value).slice(0, 80)}".`, {
    code: `${noun}.unknown`,
  });
}

/**
 * What went wrong, in the words of the one who can mend it. `http/` turns the kind into a status and
 * RFC 9457 problem details; nothing else of an error reaches a client.
 */
export type AppErrorKind =
  | 'bad-input'
  | 'not-allowed'
  | 'not-found'
  | 'conflict'
  | 'cannot-be-made'
  | 'too-much'
  | 'unavailable';

export class AppError extends Error {
  readonly kind: AppErrorKind;
  /** A stable code for programs and for translated messages, e.g. `order.parameter-out-of-range`. */
  readonly code: string;
  /** Values that belong into the sentence, for clients that write it in another language. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    kind: AppErrorKind,
    sentence: string,
    options: { code?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.kind = kind;
    this.code = options.code ?? kind;
    this.details = options.details ?? {};
  }
}

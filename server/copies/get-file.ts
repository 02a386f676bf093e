/** A server that takes longer for one file is not answering. */
const ANSWER_PATIENCE_MS = 20_000;

export type Got =
  /** Undefined where the server has no such file. */
  | { readonly bytes: Uint8Array | undefined }
  /** `mayPass`: the same request may succeed later. */
  | { readonly failure: Error; readonly mayPass: boolean };

export interface GetOptions {
  readonly fetch?: typeof fetch;
  /** Whatever is longer is not read to its end: a hostile server cannot fill the memory. */
  readonly bytesMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** Gets a file from a web address, once. Never rejects. */
export async function getFile(address: string, options: GetOptions): Promise<Got> {
  const { fetch: get = fetch, bytesMax, signal } = options;
  const patience = AbortSignal.timeout(ANSWER_PATIENCE_MS);
  let reply: Response;
  try {
    reply = await get(address, {
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
  } catch (cause) {
    const failure = new Error(`${new URL(address).origin} does not answer`, { cause });
    return { failure, mayPass: signal?.aborted !== true };
  }
  try {
    if (reply.ok) return { bytes: await readAtMost(reply, bytesMax) };
    await reply.body?.cancel();
  } catch (cause) {
    const failure = cause instanceof Error ? cause : new Error(String(cause));
    return { failure, mayPass: !(cause instanceof RangeError) && signal?.aborted !== true };
  }
  if (reply.status === 404 || reply.status === 410) return { bytes: undefined };
  // A request that is refused is refused again, except for the two that mean "later".
  const mayPass = reply.status >= 500 || reply.status === 408 || reply.status === 429;
  return { failure: new Error(`${address} answered ${reply.status}`), mayPass };
}

async function readAtMost(reply: Response, bytesMax: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of reply.body ?? []) {
    const bytes: Uint8Array = piece;
    length += bytes.length;
    if (length > bytesMax) throw new RangeError(`the answer is longer than ${bytesMax} bytes`);
    pieces.push(bytes);
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : new Uint8Array(Buffer.concat(pieces));
}

import { createHash } from 'node:crypto';
import type { MachineClock } from '../../machine.ts';
import type { MoonrakerAddress } from './moonraker-address.ts';
import { firstSentence } from './rpc-frames.ts';

/** A print file of some ten megabytes over a workshop's WLAN, and Moonraker reads it through before it answers. */
const UPLOAD_MS = 300_000;
const DOWNLOAD_MS = 60_000;

export type FileExchange = { address: MoonrakerAddress; fetch: typeof fetch; clock: MachineClock };

/** Leaves a file under this name. Moonraker compares the sha256 and keeps nothing that did not arrive whole. */
export async function uploadProgram(exchange: FileExchange, name: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const form = new FormData();
  form.set('root', 'gcodes');
  form.set('checksum', createHash('sha256').update(bytes).digest('hex'));
  form.set('file', new Blob([bytes]), name);
  const answer = await exchangeFile(exchange, '/server/files/upload', UPLOAD_MS, {
    method: 'POST',
    body: form,
  });
  if (answer.status === 422) throw new Error(`${name} did not arrive whole at Moonraker: it is sent again.`);
  if (!answer.ok) throw await refusalOf(answer, `${name} was not accepted by Moonraker`);
}

/** The file's text; nothing where it is not there any more. */
export async function downloadProgram(exchange: FileExchange, name: string): Promise<string | undefined> {
  const path = `/server/files/gcodes/${encodeURIComponent(name)}`;
  const answer = await exchangeFile(exchange, path, DOWNLOAD_MS, {});
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw await refusalOf(answer, `${name} could not be read back`);
  return answer.text();
}

async function exchangeFile(
  { address, fetch, clock }: FileExchange,
  path: string,
  limitMs: number,
  request: RequestInit,
): Promise<Response> {
  const control = new AbortController();
  const takeBack = clock.after(limitMs, () => control.abort());
  const headers: Record<string, string> = address.apiKey === undefined ? {} : { 'X-Api-Key': address.apiKey };
  try {
    return await fetch(`${address.web}${path}`, { ...request, headers, signal: control.signal });
  } catch (cause) {
    const why = control.signal.aborted ? `took longer than ${limitMs / 1_000} s` : 'broke off';
    throw new Error(`The exchange of a file with Moonraker ${why}.`, { cause });
  } finally {
    takeBack();
  }
}

async function refusalOf(answer: Response, what: string): Promise<Error> {
  const body: unknown = await answer.json().catch(() => undefined);
  const message =
    typeof body === 'object' && body !== null && 'error' in body
      ? (body.error as { message?: unknown }).message
      : undefined;
  const words = typeof message === 'string' ? firstSentence(message) : answer.statusText;
  return new Error(`${what} (${answer.status}: ${words}).`);
}

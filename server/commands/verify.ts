import { AppError } from '../errors.ts';
import { verifyLog } from '../ledger/verify.ts';

/** A server that takes longer for one small file is not answering. */
const ANSWER_PATIENCE_MS = 20_000;

/**
 * Reads the whole log of a server over HTTP and checks every entry, as any stranger could.
 * Rejects with a sentence that says where it is not what was signed.
 */
export async function verifyFromOutside(
  url: string,
  verifierKey: string | undefined,
): Promise<{ size: number; root: string }> {
  const verdict = await verifyLog((path) => read(`${url}/log/${path}`), verifierKey);
  if (verdict.verified) return { size: verdict.size, root: verdict.root };
  const where = verdict.index === undefined ? '' : ` at entry ${verdict.index}`;
  throw new AppError('conflict', `The ledger of ${url} does not verify${where}: ${verdict.reason}.`, {
    code: 'ledger.not-verified',
  });
}

export async function runVerify(
  { url, verifierKey, asJson }: { url: string; verifierKey: string | undefined; asJson: boolean },
  say: (sentence: string) => void,
): Promise<void> {
  const { size, root } = await verifyFromOutside(url, verifierKey);
  const against =
    verifierKey === undefined ? 'against the key that the server itself names' : 'against the given key';
  if (asJson) say(JSON.stringify({ verified: true, size, root }));
  else say(`Verified: ${size} entries of ${url}, root ${root}, ${against}.`);
}

async function read(address: string): Promise<Uint8Array | undefined> {
  let reply: Response;
  try {
    reply = await fetch(address, { signal: AbortSignal.timeout(ANSWER_PATIENCE_MS) });
  } catch (cause) {
    throw new AppError('unavailable', `${new URL(address).origin} does not answer`, { cause });
  }
  if (reply.status === 404) return undefined;
  if (!reply.ok) throw new AppError('unavailable', `${address} answered ${reply.status}`);
  return new Uint8Array(await reply.arrayBuffer());
}

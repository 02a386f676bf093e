import { createHash, randomBytes } from 'node:crypto';
import type { HostAnswer, HostQuestion } from './simulated-host.ts';

/** A challenge is good for that many questions, so that every client meets one that has aged. */
const NONCE_USES_MAX = 50;
const REALM = 'Printer API';

/** The door of a printer that wants a digest (RFC 2069, as the small firmwares have it), or else its API key. */
export class DigestGuard {
  readonly #user: string;
  readonly #password: string;
  #nonce = newNonce();
  #uses = 0;

  constructor(user: string, password: string) {
    this.#user = user;
    this.#password = password;
  }

  /** Undefined for whoever may come in. */
  turnDown({ method, path, headers }: HostQuestion): HostAnswer | undefined {
    if (headers['x-api-key'] === this.#password) return undefined;
    const given = headers.authorization ?? '';
    const word = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(given)?.[1] ?? '';
    const secret = md5(`${this.#user}:${REALM}:${this.#password}`);
    const wanted = md5(`${secret}:${this.#nonce}:${md5(`${method}:${path}`)}`);
    this.#uses += 1;
    const isStale = word('nonce') !== this.#nonce || this.#uses > NONCE_USES_MAX;
    if (!isStale && word('username') === this.#user && word('response') === wanted) return undefined;
    if (this.#uses > NONCE_USES_MAX) {
      this.#nonce = newNonce();
      this.#uses = 0;
    }
    const challenge = `Digest realm="${REALM}", nonce="${this.#nonce}", stale="${isStale && given !== ''}"`;
    return { status: 401, headers: { 'WWW-Authenticate': challenge }, body: { message: 'Unauthorized' } };
  }
}

function newNonce(): string {
  return randomBytes(8).toString('hex');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

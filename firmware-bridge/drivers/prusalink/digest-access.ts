import { createHash, randomBytes } from 'node:crypto';
import type { Access, HttpQuestion } from '../print-host/http-host.ts';

const HASHES: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256' };
const SESSION = '-sess';
const NONCE_BYTES = 8;

type Challenge = { realm: string; nonce: string; algorithm: string; isByQuality: boolean; opaque?: string };

/**
 * HTTP digest authentication (RFC 7616; without `qop` as in RFC 2069, which small firmwares still send). The password
 * itself never goes over the wire. `newNonce` gives the client's random part, as hexadecimal digits.
 */
export function digestAccess(
  user: string,
  password: string,
  newNonce: () => string = () => randomBytes(NONCE_BYTES).toString('hex'),
): Access {
  let challenge: Challenge | undefined;
  let count = 0;
  let hasAnswered = false;
  return {
    headersFor: (question) => {
      if (challenge === undefined) return {};
      count += 1;
      hasAnswered = true;
      return { Authorization: answerTo(challenge, question, { user, password, count, cnonce: newNonce() }) };
    },
    learn: (header) => {
      const next = header === null ? undefined : readChallenge(header);
      if (next === undefined) return false;
      // The same nonce refused after we answered it means a wrong password; a new one means that the old has aged.
      const isRefused = hasAnswered && challenge?.nonce === next.nonce;
      challenge = next;
      count = 0;
      hasAnswered = false;
      return !isRefused;
    },
  };
}

type Answering = { user: string; password: string; count: number; cnonce: string };

function answerTo(challenge: Challenge, { method, path }: HttpQuestion, answering: Answering): string {
  const { realm, nonce, algorithm, isByQuality, opaque } = challenge;
  const { user, password, cnonce } = answering;
  const name = algorithm.toLowerCase();
  const hash = (text: string) =>
    createHash(HASHES[name.replace(SESSION, '')] ?? 'md5')
      .update(text)
      .digest('hex');
  const secret = hash(`${user}:${realm}:${password}`);
  const first = name.endsWith(SESSION) ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const second = hash(`${method}:${path}`);
  const nc = answering.count.toString(16).padStart(8, '0');
  const response = isByQuality
    ? hash(`${first}:${nonce}:${nc}:${cnonce}:auth:${second}`)
    : hash(`${first}:${nonce}:${second}`);
  const parts = [
    `username="${user}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${path}"`,
    `response="${response}"`,
    ...(algorithm === '' ? [] : [`algorithm=${algorithm}`]),
    ...(isByQuality ? ['qop=auth', `nc=${nc}`] : []),
    ...(isByQuality || name.endsWith(SESSION) ? [`cnonce="${cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
  ];
  return `Digest ${parts.join(', ')}`;
}

/** Undefined for anything but a digest challenge with an algorithm that we have. */
export function readChallenge(header: string): Challenge | undefined {
  const [, list] = /^\s*Digest\s+(.*)$/is.exec(header) ?? [];
  if (list === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [, name = '', quoted, bare] of list.matchAll(
    /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g,
  ))
    values.set(name.toLowerCase(), quoted ?? bare ?? '');
  const { realm, nonce, opaque, algorithm = '', qop } = Object.fromEntries(values);
  const isKnown = (HASHES[algorithm.toLowerCase().replace(SESSION, '')] ?? '') !== '' || algorithm === '';
  if (realm === undefined || nonce === undefined || !isKnown) return undefined;
  const isByQuality = qop?.split(',').some((one) => one.trim() === 'auth') ?? false;
  return { realm, nonce, algorithm, isByQuality, ...(opaque !== undefined && { opaque }) };
}

import './quiet-schemas.ts';
import { logSource } from './log-source.ts';
import type { FromVerifier, ToVerifier } from './messages.ts';
import { WholeLogCheck } from './whole-log-check.ts';

/** Where the verifier runs: beside the page, so that it stays quick however long the ledger is. */

const tell = (news: FromVerifier) => self.postMessage(news);
const check = new WholeLogCheck(logSource('/log/'), tell);

self.addEventListener('message', ({ data }: MessageEvent<ToVerifier>) => void check.hear(data));

import { createHash } from 'node:crypto';
import type { z } from 'zod';
import {
  AccessRefused,
  type Ask,
  HostRefused,
  type HttpAnswer,
  type HttpQuestion,
} from '../print-host/http-host.ts';
import type { PrintHost } from '../print-host/print-host.ts';
import {
  ErrorAnswer,
  FileAnswer,
  JobAnswer,
  PrinterAnswer,
  questions,
  reportOf,
  VersionAnswer,
} from './octoprint-codec.ts';

const CONFLICT = 409;
const NOT_FOUND = 404;

/** OctoPrint 1.x as a print host. It streams its files itself, so a print ends when OctoPrint does. */
export function octoprintHost(ask: Ask): PrintHost {
  const get = async <Schema extends z.ZodType>(question: HttpQuestion, schema: Schema) => {
    const answer = await asked(ask, question);
    return schema.parse(JSON.parse(answer.text));
  };
  const look = async () => {
    const job = await get(questions.job, JobAnswer);
    const printer = await ask(questions.printer);
    const isThere = printer.status === 200;
    return reportOf(job, isThere ? PrinterAnswer.parse(JSON.parse(printer.text)) : undefined);
  };
  const fileOf = async (name: string) => {
    const answer = await ask(questions.file(name));
    return answer.status === NOT_FOUND ? undefined : FileAnswer.parse(JSON.parse(checked(answer).text));
  };

  return {
    identify: async () => {
      const { server, text } = await get(questions.version, VersionAnswer);
      return { firmware: text.replace(server, '').trim() || 'OctoPrint', version: server };
    },
    look,
    upload: async (name, text) => {
      // What is chosen and was never printed shows later that OctoPrint has not been restarted since; see `recall`.
      const isChosen = (await look()).condition.kind === 'idle';
      await asked(ask, questions.upload(name, text, isChosen));
      const there = await fileOf(name);
      const bytes = Buffer.byteLength(text);
      const hash = createHash('sha1').update(text).digest('hex');
      if (there?.size !== bytes || (typeof there.hash === 'string' && there.hash !== hash))
        throw new Error(
          `OctoPrint has ${there?.size ?? 0} of the ${bytes} bytes of ${name}: is its disk full?`,
        );
    },
    download: async (name) => {
      const answer = await ask(questions.download(name));
      return answer.status === 200 ? answer.text : undefined;
    },
    begin: async (name) => {
      const there = await fileOf(name);
      if (there === undefined) throw new HostRefused(`OctoPrint does not have ${name} any more.`, NOT_FOUND);
      if (there.prints) throw new HostRefused(`${name} was printed at OctoPrint's own page.`, CONFLICT);
      await asked(ask, questions.begin(name));
    },
    pause: async () => void (await asked(ask, questions.pause())),
    resume: async () => void (await asked(ask, questions.resume())),
    cancel: async () => void (await asked(ask, questions.cancel())),
    recall: async (name, { condition, name: chosen, share }) => {
      const there = await fileOf(name);
      if (there === undefined) return { kind: 'unknown', words: `OctoPrint does not have ${name} any more.` };
      const { success = 0, failure = 0, last } = there.prints ?? {};
      if (success > 0 || (chosen === name && share === 1 && condition.kind === 'idle')) {
        const seconds = last?.printTime ?? (await get(questions.job, JobAnswer)).progress.printTime ?? 0;
        return { kind: 'ended', outcome: { kind: 'succeeded', seconds } };
      }
      if (failure > 0) {
        const words =
          condition.kind === 'alarm'
            ? condition.words
            : 'OctoPrint says that the print was stopped or failed.';
        return { kind: 'ended', outcome: { kind: 'failed', cause: 'error', words, line: 0 } };
      }
      // A restart of OctoPrint forgets what was chosen, and a print that it cut short may be in no record.
      if (chosen === name && condition.kind === 'idle') return { kind: 'not-started' };
      return {
        kind: 'unknown',
        words: `OctoPrint was restarted or used for something else since ${name} was laid there.`,
      };
    },
    withdraw: async (name) => {
      const answer = await ask(questions.remove(name));
      if (answer.status === CONFLICT) return false;
      if (answer.status !== NOT_FOUND) checked(answer);
      return true;
    },
    clearFault: async () => void (await asked(ask, questions.connect())),
  };
}

async function asked(ask: Ask, question: HttpQuestion): Promise<HttpAnswer> {
  return checked(await ask(question));
}

function checked(answer: HttpAnswer): HttpAnswer {
  const { status, text } = answer;
  if (status < 300) return answer;
  // A wrong key counts as a visitor, whose orders look forged to OctoPrint.
  if (status === 401 || status === 403 || (status === 400 && /CSRF/i.test(text)))
    throw new AccessRefused(
      'OctoPrint does not accept the API key: make one under its settings, Application Keys.',
    );
  throw new HostRefused(`OctoPrint refused with ${status}: ${wordsOf(text)}`, status);
}

function wordsOf(text: string): string {
  try {
    return ErrorAnswer.parse(JSON.parse(text)).error;
  } catch {
    return text.slice(0, 200);
  }
}

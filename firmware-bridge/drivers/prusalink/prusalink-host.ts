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
  FileAnswer,
  JobAnswer,
  nameOf,
  questions,
  reportOf,
  StatusAnswer,
  StorageAnswer,
  VersionAnswer,
} from './prusalink-codec.ts';

const NO_CONTENT = 204;
const NOT_FOUND = 404;
const CONFLICT = 409;

/**
 * PrusaLink as a print host: the printer reads the file itself, so a print outlives everything but the printer. It numbers
 * its jobs and remembers only the last one, so of a file that is not in it nothing is certain.
 */
export function prusalinkHost(ask: Ask): PrintHost {
  let storage: string | undefined;
  const get = async <Schema extends z.ZodType>(question: HttpQuestion, schema: Schema) =>
    schema.parse(JSON.parse((await asked(ask, question)).text));
  const jobNow = async () => {
    const answer = await asked(ask, questions.job);
    return answer.status === NO_CONTENT || answer.text === ''
      ? undefined
      : JobAnswer.parse(JSON.parse(answer.text));
  };
  const jobNamed = async (name: string) => {
    const job = await jobNow();
    if (job === undefined || nameOf(job) !== name)
      throw new HostRefused(`The printer has no job ${name}.`, NOT_FOUND);
    return job.id;
  };
  const storageNow = async () => {
    if (storage !== undefined) return storage;
    const { storage_list } = await get(questions.storage, StorageAnswer);
    const usable = storage_list.find((one) => one.available !== false && one.read_only !== true);
    if (usable === undefined)
      throw new Error('The printer has nowhere to put a file: plug in its USB drive.');
    storage = usable.path.replace(/^\/+|\/+$/g, '');
    return storage;
  };
  const fileOf = async (name: string) => {
    const answer = await ask(questions.file(await storageNow(), name));
    return answer.status === NOT_FOUND ? undefined : FileAnswer.parse(JSON.parse(checked(answer).text));
  };

  return {
    identify: async () => {
      const { server, text } = await get(questions.version, VersionAnswer);
      return { firmware: text, version: server };
    },
    look: async () => reportOf(await get(questions.status, StatusAnswer), await jobNow()),
    upload: async (name, text) => {
      await asked(ask, questions.upload(await storageNow(), name, text));
      const there = await fileOf(name);
      const bytes = Buffer.byteLength(text);
      if (there?.size !== bytes)
        throw new Error(
          `The printer has ${there?.size ?? 0} of the ${bytes} bytes of ${name}: is its drive full?`,
        );
    },
    download: async (name) => {
      const path = (await fileOf(name))?.refs?.download;
      if (typeof path !== 'string') return undefined;
      const answer = await ask(questions.download(path));
      return answer.status === 200 ? answer.text : undefined;
    },
    begin: async (name) => void (await asked(ask, questions.begin(await storageNow(), name))),
    pause: async (name) => void (await asked(ask, questions.pause(await jobNamed(name)))),
    resume: async (name) => void (await asked(ask, questions.resume(await jobNamed(name)))),
    cancel: async (name) => void (await asked(ask, questions.cancel(await jobNamed(name)))),
    recall: async (name, { condition, name: last }) => {
      const job = last === name ? await jobNow() : undefined;
      if (job?.state === 'FINISHED') {
        const seconds = job.time_printing ?? 0;
        return { kind: 'ended', outcome: { kind: 'succeeded', seconds } };
      }
      if (job?.state === 'STOPPED') return { kind: 'ended', outcome: { kind: 'cancelled', line: 0 } };
      if (job?.state === 'ERROR') {
        const words =
          condition.kind === 'alarm' ? condition.words : 'The printer stopped the print with an error.';
        return { kind: 'ended', outcome: { kind: 'failed', cause: 'error', words, line: 0 } };
      }
      return {
        kind: 'unknown',
        words: `The printer keeps no record of ${name}: look whether it was printed.`,
      };
    },
    withdraw: async (name) => {
      const answer = await ask(questions.remove(await storageNow(), name));
      if (answer.status === CONFLICT) return false;
      if (answer.status !== NOT_FOUND) checked(answer);
      return true;
    },
    clearFault: async () => {
      // There is no order for it: the printer wants somebody at its panel, and is looked at again.
    },
  };
}

async function asked(ask: Ask, question: HttpQuestion): Promise<HttpAnswer> {
  return checked(await ask(question));
}

function checked(answer: HttpAnswer): HttpAnswer {
  const { status, text } = answer;
  if (status < 300) return answer;
  if (status === 401 || status === 403)
    throw new AccessRefused(
      'PrusaLink does not accept the user and password, or the key: they stand in the printer under Settings, Network, PrusaLink.',
    );
  throw new HostRefused(`PrusaLink refused with ${status}: ${text.slice(0, 200)}`, status);
}

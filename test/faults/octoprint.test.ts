import { afterAll, beforeAll, describe } from 'vitest';
import { createOctoprintMachine } from '../../firmware-bridge/drivers/octoprint/create-octoprint-machine.ts';
import { fastClock } from '../firmware-bridge/drivers/fast-clock.ts';
import { describePrintHost } from '../firmware-bridge/drivers/print-host-contract.ts';
import {
  checkNothingForbidden,
  type PrintHostOnTrial,
} from '../firmware-bridge/drivers/print-host-on-trial.ts';
import { findOctoprint, OCTOPRINT_KEY, type RunningOctoprint, startOctoprint } from '../support/octoprint.ts';

/** OctoPrint writes its record of a print a moment after the print has ended. */
const RECORDED_AFTER_MS = 500;
const program = findOctoprint();
if (program === undefined)
  console.warn('OctoPrint is not installed (pip install OctoPrint==1.11.8): its tests are left out.');

/** The real one: only looks are quickened, prints take the time they take. */
const clock = fastClock(4);

describe.skipIf(program === undefined)('with a real OctoPrint', () => {
  let octoprint: RunningOctoprint;
  let isPlugged = true;

  beforeAll(async () => {
    octoprint = await startOctoprint(program ?? '');
  });
  afterAll(() => octoprint.stop());

  const throughTheWire: typeof fetch = (...question) =>
    isPlugged ? fetch(...question) : Promise.reject(new TypeError('The wire is unplugged.'));

  async function open(): Promise<PrintHostOnTrial> {
    isPlugged = true;
    return {
      newMachine: (key = OCTOPRINT_KEY) =>
        createOctoprintMachine(
          { base: octoprint.base, key },
          { fetch: throughTheWire, clock, check: checkNothingForbidden },
        ),
      begun: async () => {
        await new Promise((resolve) => setTimeout(resolve, RECORDED_AFTER_MS));
        const { state, job } = await octoprint.job();
        const now = state === 'Operational' || job.file.name === null ? [] : [job.file.name];
        const before = (await octoprint.files()).flatMap(({ name, prints }) =>
          Array<string>((prints?.success ?? 0) + (prints?.failure ?? 0)).fill(name),
        );
        return [...before, ...now];
      },
      startByHand: async (name, lines) => {
        const form = new FormData();
        form.set('file', new Blob([`${lines.join('\n')}\n`]), name);
        form.set('print', 'true');
        await octoprint.ask('POST', '/api/files/local', form);
      },
      stopByHand: async () => void (await octoprint.ask('POST', '/api/job', { command: 'cancel' })),
      unplug: async () => {
        isPlugged = false;
      },
      plugIn: async () => {
        isPlugged = true;
      },
      restart: () => octoprint.crash(),
      close: () => octoprint.clear(),
    };
  }

  describePrintHost('a printer behind it', open, { ofNothing: 'not-started', longSeconds: 30 });
});

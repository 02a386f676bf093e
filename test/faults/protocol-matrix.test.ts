import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MatrixFloor, openMatrixFloor, STEPS, type Step } from '../support/matrix-floor.ts';
import { findMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { BRIDGE_KEY } from '../support/scripted-coordinator.ts';
import { until } from '../support/until.ts';

/** How a job may end: made; interrupted (a person looks); failed in the machine's own words. */
type End = 'made' | 'interrupted' | 'link-lost' | 'not-started';

type Row = {
  fault: string;
  strike: (floor: MatrixFloor) => Promise<unknown>;
  /** A bridge that loses its broker again and again takes that for a twin, and ends: each such cell has its own. */
  isLosingBroker?: boolean;
  /** What may become of the job that is hit at each step; more than one where the fault races with the step. */
  ends: Record<Step, readonly End[]>;
};

const always = (...ends: End[]): Row['ends'] => ({
  ...{ assign: ends, fetch: ends, ready: ends, intent: ends },
  ...{ started: ends, 'mid-job': ends, finish: ends, ack: ends },
});

const ROWS: readonly Row[] = [
  {
    fault: 'the bridge is killed',
    strike: (floor) => floor.killBridge(),
    ends: {
      ...{ assign: ['made'], fetch: ['made'], ready: ['made', 'interrupted'] },
      ...{ intent: ['made', 'interrupted'], started: ['interrupted'], 'mid-job': ['interrupted'] },
      ...{ finish: ['made'], ack: ['made'] },
    },
  },
  {
    fault: 'the broker is killed and forgets',
    strike: (floor) => floor.killBroker(),
    isLosingBroker: true,
    ends: always('made'),
  },
  { fault: 'the coordinator is lost', strike: (floor) => floor.loseCoordinator(), ends: always('made') },
  {
    fault: 'the network is cut',
    strike: (floor) => floor.cutNetwork(),
    isLosingBroker: true,
    ends: always('made'),
  },
  {
    fault: 'the network is slow',
    strike: async ({ network }) => network.slow(700),
    ends: always('made'),
  },
  {
    fault: 'every command comes again, the last one first',
    strike: ({ spy }) => spy.repeatAll(),
    ends: always('made'),
  },
  {
    fault: 'the machine loses its power',
    strike: (floor) => floor.killMachine(),
    ends: {
      ...always('made', 'link-lost', 'not-started'),
      ...{ started: ['link-lost'], 'mid-job': ['link-lost'], finish: ['made'], ack: ['made'] },
    },
  },
];

const cellsOf = (rows: readonly Row[]) =>
  rows.flatMap((row) => STEPS.map((step) => ({ ...row, step, may: row.ends[step] })));

const mosquittoProgram = findMosquitto();
if (mosquittoProgram === undefined)
  console.warn('mosquitto is not installed (apt-get install mosquitto): its half of the matrix is left out.');

function matrix(rows: readonly Row[], startBroker: () => Promise<Mosquitto | undefined>) {
  let floor: MatrixFloor;
  let mosquitto: Mosquitto | undefined;

  beforeAll(async () => {
    mosquitto = await startBroker();
    floor = await openMatrixFloor(mosquitto);
  });

  afterAll(async () => {
    await floor.close();
    await mosquitto?.stop();
  });

  it.each(cellsOf(rows))('$fault at "$step": $may', async ({ step, strike, isLosingBroker = false, may }) => {
    const { there, spy, cable, network } = floor;
    if (isLosingBroker) await floor.killBridge();
    await readyAgain(floor);
    spy.forget();
    const before = startsOn(cable.lines);
    const { cut } = await there.order();
    await spy.at(step);
    await strike(floor);
    const phase = await until(() => {
      const now = there.phase(cut);
      return now.state === 'made' || now.state === 'failed' ? now : undefined;
    });
    network.mend();
    const end = phase.state === 'made' ? 'made' : causeOf(phase.failure);
    expect(may).toContain(end);
    // What the machine itself was told: never twice, and never nothing where a part is said to be made.
    const starts = startsOn(cable.lines) - before;
    expect(starts).toBeLessThanOrEqual(1);
    if (end === 'made' || end === 'link-lost') expect(starts).toBe(1);
    const story = await there.story(cut);
    expect(story.filter((type) => type === 'job.started')).toHaveLength(end === 'not-started' ? 0 : 1);
  });
}

/** A program for the router starts its spindle once, at its beginning. */
function startsOn(lines: readonly string[]): number {
  return lines.filter((line) => /^M3(?!\d)/.test(line)).length;
}

function causeOf({ cause, started }: { cause: string; started: boolean }): End {
  if (!started) return 'not-started';
  if (cause === 'interrupted') return 'interrupted';
  // A controller that comes back at once says hello anew, which is the other way to notice.
  return cause === 'link-lost' || cause === 'firmware-reset' ? 'link-lost' : 'made';
}

/** A person has looked at the machine. */
async function readyAgain({ there, isIdle }: MatrixFloor): Promise<void> {
  await until(isIdle);
  const state = () =>
    there
      .coordinator()
      .machineLive()
      .find(({ machine }) => machine === 'router')?.state;
  for (let wanted = state(); wanted !== 'idle'; wanted = state()) {
    await there
      .coordinator()
      .commands.clearFault('lab', 'router')
      .catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the embedded broker, a bridge process and a GRBL controller', () => {
  matrix(ROWS, async () => undefined);
});

describe.skipIf(mosquittoProgram === undefined)('mosquitto, a bridge process and a GRBL controller', () => {
  const rows = ROWS.filter(({ fault }) => /broker|again/.test(fault));
  matrix(rows, () => startMosquitto(mosquittoProgram ?? '', ['coordinator', 'lab'], BRIDGE_KEY));
});

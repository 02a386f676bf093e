import { createGrblMachine } from '../../../firmware-bridge/drivers/grbl/create-grbl-machine.ts';
import { createGrblSimulator } from '../../../firmware-bridge/drivers/simulator/create-grbl-simulator.ts';
import type { Faults } from '../../../firmware-bridge/drivers/simulator/line-faults.ts';
import { type MachineClock, type RunOutcome, steadyClock } from '../../../firmware-bridge/machine.ts';
import { memoryDial } from '../../../firmware-bridge/transport/memory-link.ts';
import { VirtualClock } from '../../firmware-bridge/drivers/virtual-clock.ts';
import type { Figure } from '../figures.ts';

const BAUD = 115_200;
/** A frame of USB on the way out. */
const USB_FRAME_MS = 1;
/** The most common serial adapter, as its driver sets it up: it hands answers over so much later. */
const SLOW_ADAPTER_MS = 16;
const FEED_MM_PER_MIN = 3_000;
const RADIUS_MM = 10;
/** Near where the simulated router stands after homing, so that hardly any time goes into getting there. */
const CENTRE_MM = { x: 1_280, y: 2_480 };
/** Far too slow, to show what that looks like. */
const SLOW_BAUD = 9_600;
/** GRBL's own `$12` gives chords of this length on such an arc; each is a block of the planner there. */
const CHORD_MM = 2 * Math.sqrt(2 * RADIUS_MM * 0.002);
const ARC_MM = 1;
const BOUND_PERCENT = 99.9;
const MS_PER_MIN = 60_000;
const DAY_MS = 86_400_000;
const VIRTUAL_LINES = 20_000;
const REAL_LINES = 1_500;

type Program = { lines: string[]; idealMs: number };

/** Round and round a circle in steps of `stepMm`, written with four decimals as CAM programs are. */
function circling(stepMm: number, lines: number, isArc: boolean): Program {
  const text = (value: number) => value.toFixed(4);
  const at = (i: number) => {
    const angle = (i * stepMm) / RADIUS_MM;
    return { x: CENTRE_MM.x + RADIUS_MM * Math.cos(angle), y: CENTRE_MM.y + RADIUS_MM * Math.sin(angle) };
  };
  const moves = Array.from({ length: lines }, (_, i) => {
    const [from, to] = [at(i), at(i + 1)];
    const end = `X${text(to.x)} Y${text(to.y)}`;
    return isArc ? `G3 ${end} I${text(CENTRE_MM.x - from.x)} J${text(CENTRE_MM.y - from.y)}` : `G1 ${end}`;
  });
  const head = ['G21 G90', 'G0 Z5', `G0 X${CENTRE_MM.x + RADIUS_MM} Y${CENTRE_MM.y}`, 'G1 Z-1 F600'];
  const idealMs = ((lines * stepMm) / FEED_MM_PER_MIN) * MS_PER_MIN;
  return { lines: [...head, `F${FEED_MM_PER_MIN}`, ...moves], idealMs };
}

/** In percent: the share of the time in which the planner had a move, and how near the mean speed came to what was asked for. */
type Flow = { busy: number; speed: number };

/** A planner that is fed too slowly rarely runs dry: it brakes, since it must be able to stop in what it knows. Hence both. */
async function flowOf(
  clock: MachineClock,
  faults: Faults,
  program: Program,
  turn: (isDone: () => boolean) => Promise<unknown>,
): Promise<Flow> {
  const simulator = createGrblSimulator({ clock, faults });
  const machine = createGrblMachine(memoryDial(simulator, clock, USB_FRAME_MS), clock);
  let outcome: RunOutcome | undefined;
  let endMs = 0;
  machine.onEvent((event) => {
    if (event.kind !== 'ended') return;
    outcome = event.outcome;
    endMs = clock.nowMs();
  });
  let isConnected = false;
  const connecting = machine.connect().then(() => {
    isConnected = true;
  });
  await turn(() => isConnected);
  await connecting;
  const startMs = clock.nowMs();
  const starting = machine.start(program.lines);
  await turn(() => outcome !== undefined);
  await starting;
  const { lostBytes, motion } = simulator.controller;
  await machine.close();
  await simulator.close();
  const ended = outcome as RunOutcome | undefined;
  if (ended?.kind !== 'succeeded' || lostBytes > 0)
    throw new Error(`the program did not come through: ${JSON.stringify(ended)}, ${lostBytes} bytes lost`);
  const tookMs = endMs - startMs;
  return { busy: 100 * (1 - motion.starvedMs / tookMs), speed: (100 * program.idealMs) / tookMs };
}

function inVirtualTime(latencyMs: number, program: Program, baud = BAUD): Promise<Flow> {
  const clock = new VirtualClock();
  return flowOf(clock, { baud, latencyMs }, program, (isDone) => clock.until(isDone, DAY_MS));
}

function inRealTime(latencyMs: number, program: Program): Promise<Flow> {
  const turn = async (isDone: () => boolean) => {
    while (!isDone()) await new Promise((wake) => setTimeout(wake, 20));
  };
  return flowOf(steadyClock, { baud: BAUD, latencyMs }, program, turn);
}

/** How steadily the GRBL driver feeds a simulated controller behind a serial line of 115,200 baud. */
export async function grblStreamingFigures(): Promise<Figure[]> {
  const chords = (lines: number) => circling(CHORD_MM, lines, false);
  const chord = `chords of ${CHORD_MM.toFixed(1)} mm`;
  const slow = `adapter ${SLOW_ADAPTER_MS} ms`;
  return [
    ...figuresOf(
      `arcs of ${ARC_MM} mm`,
      await inVirtualTime(SLOW_ADAPTER_MS, circling(ARC_MM, VIRTUAL_LINES, true)),
      `${VIRTUAL_LINES} lines, virtual time, ${slow}`,
    ),
    ...figuresOf(
      chord,
      await inVirtualTime(SLOW_ADAPTER_MS, chords(VIRTUAL_LINES)),
      `${VIRTUAL_LINES} lines, virtual time, ${slow}`,
    ),
    ...figuresOf(
      `${chord}, real time`,
      await inRealTime(SLOW_ADAPTER_MS, chords(REAL_LINES)),
      `${REAL_LINES} lines, real time, ${slow}`,
    ),
    ...figuresOf(
      `${chord}, ${SLOW_BAUD} baud`,
      await inVirtualTime(SLOW_ADAPTER_MS, chords(REAL_LINES), SLOW_BAUD),
      'a line that cannot carry the program, to compare with',
      false,
    ),
  ];
}

function figuresOf(what: string, { busy, speed }: Flow, note: string, isBound = true): Figure[] {
  return [
    {
      name: `grbl: planner busy, ${what}`,
      value: busy,
      unit: '%',
      ...(isBound ? { bound: { at: BOUND_PERCENT, side: 'at least' } } : {}),
      note: `${note}; ${FEED_MM_PER_MIN} mm/min, receive buffer 128 bytes, 15 blocks`,
    },
    {
      name: `grbl: of the programmed feed, ${what}`,
      value: speed,
      unit: '%',
      note: 'mean, way there included',
    },
  ];
}

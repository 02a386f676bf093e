import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Parameters } from '#contract/design.ts';
import { joinAgent } from '../commons/agents/join-agent.ts';
import { countStock } from '../commons/facilities/open-lab.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';
import { AppError } from '../errors.ts';
import type { LabCommands } from '../labs/lab-desk.ts';
import type { Coordinator } from '../mqtt/coordinator-ports.ts';
import type { Ordering } from '../ordering/ordering.ts';
import type { DesignShelf } from '../publishing/design-shelf.ts';
import {
  bridgeConfig,
  corner,
  DEMO_LAB,
  DEMO_PERSON,
  DEMO_STOCK,
  freePort,
  isStockLow,
  PRINTER,
  ROUTER,
  SHEET_CORNER_MM,
} from './demo-lab.ts';
import { keepMachinesReady } from './demo-operator.ts';
import { keepOrdering } from './demo-orders.ts';
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts';

/** Two programs start and find each other; on a busy machine that takes some seconds. */
const MACHINES_READY_MS = 60_000;
const LOOK_EVERY_MS = 100;
const MACHINES = 2;

export interface DemonstrationParts {
  ledger: LedgerPort;
  labs: LabCommands;
  shelf: DesignShelf;
  ordering: Ordering;
  machines: Pick<Coordinator, 'machineLive' | 'commands'>;
  watchers: () => number;
  /** Where the bridge finds this server. */
  serverUrl: string;
  mqttUrl: string;
  folder: string;
  /** Root of the program's own files. */
  root: string;
  speedUp: number;
  newId: () => string;
  nowMs: () => number;
  say: (sentence: string) => void;
}

export interface Demonstration {
  /** Resolves when both machines answer; rejects with a sentence when they do not in time. */
  machinesReady(): Promise<void>;
  /** Process ids of bridge and simulators, those that live. */
  pids(): { bridge: number | undefined; simulators: (number | undefined)[] };
  /** Orders by itself while pages watch. */
  keepOrdering(wish: { restMs: number; ordersPerDay: number }): Promise<void>;
  stop(): Promise<void>;
}

/** Opens the demonstration lab where it is not open yet, and starts its simulators and its bridge as processes of their own. */
export async function startDemonstration(parts: DemonstrationParts): Promise<Demonstration> {
  const { ledger, labs, folder, root, nowMs, say, speedUp } = parts;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await ledger.submit((state, context) => joinAgent(state, DEMO_PERSON, context));
  const { bridgeKey } = await labs.open({ ...DEMO_LAB, by: DEMO_LAB.lab });
  await countWhenLow(ledger, nowMs);

  const [routerPort, printerPort] = [await freePort(), await freePort()];
  const script = pathToFileURL(join(root, 'firmware-bridge', 'commonwright-bridge.js'));
  const supervise = (name: string, logName: string, args: string[]) =>
    superviseProcess({ name, script, args, logFile: join(folder, logName), say, nowMs });
  const simulate = (controller: 'grbl' | 'marlin', port: number, place: readonly string[]) =>
    supervise(`The simulated ${controller} controller`, `${controller}.log`, [
      ...['simulate', controller, '--port', String(port), '--speed-up', String(speedUp), ...place],
    ]);
  const simulators = [
    simulate('grbl', routerPort, [
      '--envelope',
      corner(ROUTER.envelope),
      '--origin',
      SHEET_CORNER_MM.join(','),
    ]),
    simulate('marlin', printerPort, ['--envelope', corner(PRINTER.envelope)]),
  ];

  const configFile = join(folder, 'bridge.json');
  const config = bridgeConfig({
    server: parts.serverUrl,
    mqtt: parts.mqttUrl,
    key: bridgeKey,
    dataFolder: join(folder, 'bridge'),
    routerPort,
    printerPort,
    countedAt: 0,
  });
  // The key stands in it, so nobody else may read it.
  writeFileSync(configFile, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  const bridge = supervise('The demonstration bridge', 'bridge.log', ['--config', configFile]);

  return run(parts, bridge, simulators);
}

function run(
  parts: DemonstrationParts,
  bridge: SupervisedProcess,
  simulators: readonly SupervisedProcess[],
): Demonstration {
  const { ledger, machines, nowMs, say, watchers } = parts;
  let ordering: { stop(): void } | undefined;
  let isStopping = false;
  const operator = keepMachinesReady({ lab: DEMO_LAB.lab, machines, nowMs, say });

  const order = async (count: number): Promise<void> => {
    await countWhenLow(ledger, nowMs);
    await orderNext(parts, count);
  };

  return {
    pids: () => ({ bridge: bridge.pid(), simulators: simulators.map((one) => one.pid()) }),
    machinesReady: () => allReady(machines, parts.folder, () => isStopping),
    async keepOrdering({ restMs, ordersPerDay }) {
      const state = () => ledger.state();
      const isFirst = ![...state().orders.values()].some(({ placed }) => placed.by === DEMO_PERSON.agent);
      if (isFirst && ordersPerDay > 1) {
        // One for each machine, so that the board has something in every corner.
        await order(0);
        await order(1);
      }
      ordering = keepOrdering({ state, watchers, order, restMs, ordersPerDay, nowMs, say });
    },
    async stop() {
      isStopping = true;
      ordering?.stop();
      operator.stop();
      await bridge.stop();
      await Promise.all(simulators.map((simulator) => simulator.stop()));
    },
  };
}

/** Designs in turn, each with its next preset, so that what is made differs. */
async function orderNext(
  { ledger, shelf, ordering, newId }: DemonstrationParts,
  count: number,
): Promise<void> {
  // From the end of the alphabet: of the bundled designs, that begins with the wall block and the connector.
  const designs = [...ledger.state().designs.keys()].sort().reverse();
  const cut = designs.filter((design) => shelf.published(design).processes.includes('cut'));
  const printed = designs.filter((design) => !cut.includes(design));
  const [first, second] = count % 2 === 0 ? [cut, printed] : [printed, cut];
  const row = first.length > 0 ? first : second;
  const design = row[Math.floor(count / 2) % row.length];
  if (design === undefined) return;
  const { presets } = await shelf.summary(shelf.published(design));
  const round = Math.floor(count / 2 / row.length);
  // Defaults first, then the presets one after the other.
  const parameters: Parameters = presets[(round % (presets.length + 1)) - 1]?.parameters ?? {};
  await ordering.place({ id: newId(), design, parameters, quantity: 1, by: DEMO_PERSON.agent });
}

async function countWhenLow(ledger: LedgerPort, nowMs: () => number): Promise<void> {
  const lab = ledger.state().labs.get(DEMO_LAB.lab);
  if (lab !== undefined && !isStockLow(lab.stock)) return;
  const count = { lab: DEMO_LAB.lab, lots: DEMO_STOCK, countedAt: nowMs() };
  await ledger.submit((state, context) => countStock(state, count, context));
}

/** Looked at in intervals: a machine is there when the ledger has it and its bridge is heard, in whichever order. */
async function allReady(
  machines: DemonstrationParts['machines'],
  folder: string,
  isStopping: () => boolean,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < MACHINES_READY_MS; waitedMs += LOOK_EVERY_MS) {
    const ours = machines.machineLive().filter(({ lab }) => lab === DEMO_LAB.lab);
    const ready = ours.filter(({ state }) => state !== 'offline' && state !== 'connecting');
    if (ready.length >= MACHINES) return;
    await sleep(LOOK_EVERY_MS);
    // They will not come any more; waiting on would keep the whole program from ending.
    if (isStopping()) return new Promise(() => {});
  }
  throw new AppError(
    'unavailable',
    `The simulated machines did not answer within ${MACHINES_READY_MS / 1000} s; what they said is in ${folder}.`,
    { code: 'demonstration.machines' },
  );
}

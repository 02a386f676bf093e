import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Bridge } from './bridge.ts';
import { type BridgeConfig, bridgeManual, ConfigRefused, readBridgeCommand } from './config.ts';
import { createGrblMachine } from './drivers/grbl/create-grbl-machine.ts';
import { createMarlinMachine } from './drivers/marlin/create-marlin-machine.ts';
import { prepareMarlinProgram } from './drivers/marlin/marlin-program.ts';
import { createMoonrakerMachine } from './drivers/moonraker/create-moonraker-machine.ts';
import { isMoonrakerAddress } from './drivers/moonraker/moonraker-address.ts';
import type { SimulatedFirmware } from './drivers/simulator/simulated-firmwares.ts';
import { openFileStore } from './file-store.ts';
import { PreparationThread, preparationFor } from './job-preparation.ts';
import { Journal } from './journal.ts';
import { type Machine, steadyClock } from './machine.ts';
import type { MachineConfig } from './machine-config.ts';
import type { LinkEnd } from './mqtt-link.ts';
import { printHostMachine } from './print-host-machine.ts';
import { programRules } from './program-rules.ts';
import { openServerFiles } from './server-files.ts';
import { openSigningKey } from './signing-key.ts';
import { readSimulatorArguments, SIMULATE_MANUAL } from './simulate-command.ts';
import { hostToSimulate, SIMULATE_HOST_MANUAL, simulateHost } from './simulate-host-command.ts';
import { SIMULATE_MOONRAKER_MANUAL, simulateMoonraker } from './simulate-moonraker-command.ts';
import { dialFor } from './transport/dial.ts';

const SOFTWARE = 'commonwright-bridge 0.1.0';

/** Exit codes, so that whoever starts the bridge knows whether starting it again helps. */
export const EXIT = { done: 0, failed: 1, badConfig: 2, wrongKey: 3, takenOver: 4 } as const;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/**
 * A later signal ends the process at once, and the journal tells the rest. One that comes with the first means the same:
 * a terminal and whoever supervises us both send theirs.
 */
const SECOND_SIGNAL_MS = 1_000;

/** Runs `commonwright-bridge` with its arguments; sets the exit code and returns when everything is stopped. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  // Whoever reads our sentences may be gone; a machine that runs is worth more than a broken pipe.
  process.stdout.on('error', () => {});
  try {
    if (argv[0] === 'simulate' && argv[1] === 'moonraker') {
      const { url, close } = await simulateMoonraker(argv.slice(2));
      return await untilSignal(`A simulated Moonraker is at ${url}; Ctrl-C ends it.`, close);
    }
    const host = hostToSimulate(argv);
    if (host !== undefined) {
      const { url, close } = await simulateHost(host, argv.slice(2));
      return await untilSignal(`A simulated ${host} is at ${url}; Ctrl-C ends it.`, close);
    }
    const command = readBridgeCommand(argv);
    switch (command.kind) {
      case 'help':
        return say(
          [
            ...(command.of === 'simulate' ? [] : [bridgeManual(), '']),
            ...[...SIMULATE_MANUAL, '', ...SIMULATE_HOST_MANUAL, '', ...SIMULATE_MOONRAKER_MANUAL],
          ].join('\n'),
        );
      case 'ports':
        return await printPorts();
      case 'simulate':
        await simulate(command.controller, command.args);
        return;
      case 'run':
        process.exitCode = await runBridge(command.config);
    }
  } catch (cause) {
    process.exitCode = cause instanceof ConfigRefused ? EXIT.badConfig : EXIT.failed;
    process.stderr.write(`commonwright-bridge: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  }
}

async function simulate(controller: SimulatedFirmware, args: readonly string[]): Promise<void> {
  const wanted = readSimulatorArguments(controller, args);
  const { runSimulator } = await import('./drivers/simulator/simulate.ts');
  const { host, port, close } = await runSimulator(wanted);
  await untilSignal(
    `A simulated ${controller} controller is at tcp://${host}:${port}; Ctrl-C ends it.`,
    close,
  );
}

async function untilSignal(sentence: string, close: () => Promise<void>): Promise<void> {
  say(sentence);
  await new Promise<void>((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve());
  });
  await close();
}

/** Runs until a signal, or until going on makes no sense; resolves with the exit code. */
async function runBridge(config: BridgeConfig): Promise<number> {
  const journal = new Journal(config.data, Date.now);
  const { publicKey, sign } = openSigningKey(config.data);
  const store = openFileStore(join(config.data, 'files'));
  const files = openServerFiles(config.server, config.key, store, say);
  const thread = new PreparationThread(join(config.data, 'files'));
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const bridge = new Bridge({
    ...{
      config,
      journal,
      publicKey,
      sign,
      software: SOFTWARE,
      clock: steadyClock,
      nowMs: Date.now,
      newId,
      log: say,
    },
    machineFor,
    prepareFor: (machine) => preparationFor(machine, { files, store, thread }),
    onEnd: (why) => {
      const code = explain(why, config);
      if (bridge.isRunning)
        say('The job that is running is finished first; it will be told after the next start.');
      void bridge.finished().then(() => end(code));
    },
  });
  say(
    `Bridge of ${config.lab} with ${config.machines.map(({ name }) => name).join(', ')}; journal in ${config.data}.`,
  );
  let firstSignalMs: number | undefined;
  for (const signal of SIGNALS)
    process.on(signal, () => {
      const now = performance.now();
      if (firstSignalMs !== undefined && now - firstSignalMs > SECOND_SIGNAL_MS) process.exit(EXIT.failed);
      if (firstSignalMs !== undefined) return;
      firstSignalMs = now;
      if (bridge.isRunning)
        say('A job is running: its machine is stopped now, and the job will be told as interrupted.');
      end(EXIT.done);
    });
  const code = await ended;
  await bridge.stop();
  await thread.stop();
  say('The bridge has stopped.');
  return code;
}

function explain(why: LinkEnd, { lab, mqtt }: BridgeConfig): number {
  if (why === 'wrong-key') {
    say(
      `The broker at ${URL.parse(mqtt)?.host ?? mqtt} does not accept the key of ${lab}. The right key was shown when the lab ` +
        'was opened on the server; write it into "key" of the configuration, or open the lab again to get a new one.',
    );
    return EXIT.wrongKey;
  }
  say(
    `Another bridge of ${lab} keeps taking this one's place at the broker. One lab has one bridge: stop the other one, ` +
      'or open a second lab for its machines.',
  );
  return EXIT.takenOver;
}

function machineFor(config: MachineConfig): Machine {
  const rules = programRules(config);
  if (config.process === 'print') {
    if (isMoonrakerAddress(config.url)) return createMoonrakerMachine(config.url, steadyClock, rules);
    const check = (program: readonly string[]) => void prepareMarlinProgram(program, rules);
    const hosted = printHostMachine(config, { fetch, clock: steadyClock, check });
    if (hosted !== undefined) return hosted;
  }
  const dial = dialFor(config.url);
  return config.process === 'cut'
    ? createGrblMachine(dial, steadyClock, rules)
    : createMarlinMachine(dial, steadyClock, rules);
}

async function printPorts(): Promise<void> {
  const { listSerialPorts } = await import('./serial-ports.ts');
  const ports = await listSerialPorts();
  if (ports.length === 0) return say('No serial port found: is the machine plugged in and switched on?');
  for (const { path, about } of ports) say(`serial://${path}${about === '' ? '' : `  ${about}`}`);
}

/** UUIDv7 (RFC 9562 §5.7): ordered by time, so that facts of one bridge sort as they happened. */
function newId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}

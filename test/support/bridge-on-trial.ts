import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bridge } from '../../firmware-bridge/bridge.ts';
import type { Prepare } from '../../firmware-bridge/job-preparation.ts';
import { Journal } from '../../firmware-bridge/journal.ts';
import { type Machine, steadyClock } from '../../firmware-bridge/machine.ts';
import { MachineConfig } from '../../firmware-bridge/machine-config.ts';
import type { LinkEnd } from '../../firmware-bridge/mqtt-link.ts';
import { signerOf } from '../../firmware-bridge/signing-key.ts';
import { FakeMachine } from './fake-machine.ts';
import { BRIDGE_KEY, FILE_HASH, LAB } from './scripted-coordinator.ts';

export const PROGRAM = ['G21', 'G90', 'M3 S18000', 'G0 X0 Y0', 'G1 X100 Y0 F1000', 'G1 X100 Y100', 'M5'];

export const router: MachineConfig = MachineConfig.parse({
  machine: 'router',
  name: 'Router',
  process: 'cut',
  url: 'tcp://127.0.0.1:1',
  envelope: { xMm: 1_300, yMm: 900, zMm: 120 },
  materials: ['plywood'],
  cutter: {
    name: '6 mm',
    diameterMm: 6,
    feedMmPerMin: 3_000,
    plungeMmPerMin: 800,
    spindleRpm: 18_000,
    passDepthMm: 6,
  },
});

/** Stands for toolpaths: a small program, made at once. */
export const prepareAtOnce: Prepare = async () => ({
  program: {
    file: { hash: FILE_HASH, bytes: 80, mime: 'text/x.gcode' },
    lines: PROGRAM.length,
    estimatedSeconds: 12,
  },
  loaded: {
    lines: PROGRAM,
    planned: new Float64Array(PROGRAM.length).map((_, i) => i),
    estimatedSeconds: 12,
  },
});

export function temporaryFolder(name: string) {
  const folder = mkdtempSync(join(tmpdir(), `commonwright-${name}-`));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const { privateKey } = generateKeyPairSync('ed25519');
const signer = signerOf(privateKey);

export type BridgeOnTrial<Fake extends Machine = FakeMachine> = {
  key?: string;
  prepare?: Prepare;
  lab?: string;
  machines?: MachineConfig[];
  newFake?: () => Fake;
};

/** A whole bridge, with a fake machine for each description, on a journal in `folder`. */
export function openBridge(mqtt: string, folder: string, options: BridgeOnTrial = {}) {
  return openBridgeWith(mqtt, folder, { newFake: () => new FakeMachine(), ...options });
}

/** As `openBridge`, with fakes of the test's own kind. */
export function openBridgeWith<Fake extends Machine>(
  mqtt: string,
  folder: string,
  {
    key = BRIDGE_KEY,
    prepare = prepareAtOnce,
    lab = LAB,
    machines = [router],
    newFake,
  }: BridgeOnTrial<Fake> & { newFake: () => Fake },
) {
  const fakes = new Map(machines.map(({ machine }) => [machine, newFake()]));
  const machineOf = (machine: string) => {
    const fake = fakes.get(machine);
    if (fake === undefined) throw new Error(`no machine ${machine}`);
    return fake;
  };
  const log: string[] = [];
  const ends: LinkEnd[] = [];
  const journal = new Journal(folder, Date.now);
  const bridge = new Bridge({
    config: { lab, key, mqtt, machines, stock: [], countedAt: 0 },
    journal,
    publicKey: signer.publicKey,
    sign: signer.sign,
    software: 'test',
    machineFor: ({ machine }) => machineOf(machine),
    prepareFor: () => prepare,
    clock: steadyClock,
    nowMs: Date.now,
    newId: randomUUID,
    onEnd: (why) => ends.push(why),
    log: (sentence) => log.push(sentence),
  });
  return { bridge, machine: machineOf(machines[0]?.machine ?? ''), machineOf, journal, log, ends };
}

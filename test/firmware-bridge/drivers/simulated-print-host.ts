import type { OctoprintSimulator } from '../../../firmware-bridge/drivers/simulator/octoprint-simulator.ts';
import type { Machine } from '../../../firmware-bridge/machine.ts';
import type { PrintHostOnTrial } from './print-host-on-trial.ts';

/** What the simulated hosts have in common. */
type Simulator = Pick<OctoprintSimulator, 'network' | 'begun' | 'restart' | 'startLocally' | 'stopLocally'>;

/** Puts a simulator on its address, with drivers that `machineAt` makes for it. */
export async function openSimulated<Host extends Simulator>(
  simulator: Host,
  machineAt: (base: string, key: string | undefined) => Machine,
): Promise<PrintHostOnTrial & { simulator: Host }> {
  const { host, port } = await simulator.network.listen();
  return {
    simulator,
    newMachine: (key) => machineAt(`http://${host}:${port}`, key),
    begun: async () => simulator.begun,
    startByHand: async (name, program) => simulator.startLocally(name, `${program.join('\n')}\n`),
    stopByHand: async () => simulator.stopLocally(),
    unplug: () => simulator.network.close(),
    plugIn: async () => void (await simulator.network.listen()),
    restart: async () => {
      await simulator.network.close();
      simulator.restart();
      await simulator.network.listen();
    },
    close: () => simulator.network.close(),
  };
}

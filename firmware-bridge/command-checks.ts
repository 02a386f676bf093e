import type { CommandMessage } from '#contract/mqtt-topics.ts';
import type { Attention, Execution } from './journal.ts';
import type { MachineState } from './machine.ts';
import type { MachineConfig } from './machine-config.ts';

/** Whether a command may be obeyed: pure, so that every combination can be tested. */

export type Command<Type extends CommandMessage['type']> = Extract<CommandMessage, { type: Type }>;
/** Why not, for programs and for people; both travel back in the answer. */
export type CommandRefusal = { code: string; sentence: string };

export type AssignSituation = {
  config: MachineConfig;
  maxFence: number;
  /** What the journal knows of this very execution. */
  known: Execution | undefined;
  /** What the machine has not ended. */
  open: Execution | undefined;
  state: MachineState;
  attention: Attention | undefined;
};

export function refuseAssign(command: Command<'assign'>, now: AssignSituation): CommandRefusal | undefined {
  const { config, maxFence, open } = now;
  if (command.fence < maxFence)
    return refuse(
      'stale-fence',
      `Fence ${command.fence} is older than ${maxFence}, which this machine has seen.`,
    );
  if (now.known !== undefined) return refuse('ended', `This execution has ended as ${now.known.state}.`);
  if (command.fence === maxFence)
    return refuse('conflict', `Fence ${command.fence} was already given to another execution.`);
  if (command.requirement.process !== config.process)
    return refuse('wrong-process', `${config.name} cannot ${command.requirement.process}.`);
  if (open?.intentMs !== undefined) return refuse('busy', `${config.name} is working on "${open.title}".`);
  return refuseByState(config.name, now.state) ?? refuseByAttention(config.name, now.attention);
}

export type StartSituation = {
  execution: Execution | undefined;
  maxFence: number;
  leaseIsAlive: boolean;
  state: MachineState;
  attention: Attention | undefined;
  name: string;
};

/** Undefined means: write the intention down and go. Lease and fence gate the start only, never what follows it. */
export function refuseStart(command: Command<'start'>, now: StartSituation): CommandRefusal | undefined {
  const { execution, maxFence } = now;
  if (execution === undefined) return refuse('unknown-execution', 'This bridge was never given that job.');
  if (command.fence !== execution.fence || command.fence < maxFence)
    return refuse('stale-fence', `Fence ${command.fence} is not the newest of this machine (${maxFence}).`);
  if (execution.intentMs !== undefined)
    return refuse('already-started', 'The machine was told to start this job before; it is not told twice.');
  if (execution.state !== 'READY') return refuse('not-ready', `The job is ${execution.state}, not READY.`);
  if (!now.leaseIsAlive)
    return refuse('lease-ended', 'The lease ended before the start: the job was given back.');
  if (now.attention?.state === 'needs-operator' && command.bedClearedBy === 'automatic')
    return refuse('needs-operator', `A person has to look at ${now.name} first: ${now.attention.words}`);
  if (now.attention?.state === 'alarm') return refuseByAttention(now.name, now.attention);
  return refuseByState(now.name, now.state);
}

function refuseByState(name: string, state: MachineState): CommandRefusal | undefined {
  switch (state.kind) {
    case 'idle':
      return undefined;
    case 'alarm':
      return refuse('alarm', `${name} stands in alarm: ${state.words}`);
    case 'offline':
      return refuse('offline', `${name} does not answer: ${state.reason}`);
    case 'connecting':
      return refuse('offline', `${name} is being connected.`);
    case 'running':
    case 'paused':
      return refuse('busy', `${name} is ${state.kind}.`);
    case 'busy':
      return refuse('busy', `${name} works on something of its own: ${state.words}`);
  }
}

function refuseByAttention(name: string, attention: Attention | undefined): CommandRefusal | undefined {
  return attention?.state === 'alarm'
    ? refuse('alarm', `${name} stands in alarm: ${attention.words}`)
    : undefined;
}

function refuse(code: string, sentence: string): CommandRefusal {
  return { code, sentence };
}

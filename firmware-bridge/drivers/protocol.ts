import type { MachineEvent, MachineIdentity, MachineState, MachineTelemetry } from '../machine.ts';

/**
 * A firmware's protocol as a pure machine: the same inputs at the same times give the same states and effects, so a
 * recorded session can be replayed. It neither waits nor writes; the driver around it does.
 */

export type CommandName = 'connect' | 'start' | 'pause' | 'resume' | 'cancel' | 'clearFault';

export type ProtocolInput =
  | { kind: 'opened' }
  | { kind: 'line'; text: string }
  | { kind: 'tick' }
  | { kind: 'closed'; reason: string }
  | { kind: 'start'; program: readonly string[] }
  | { kind: 'command'; command: 'pause' | 'resume' | 'cancel' | 'clearFault' };

export type ProtocolEffect =
  /** Latin-1 text to be written as bytes. */
  | { kind: 'write'; text: string }
  | { kind: 'event'; event: MachineEvent }
  /** The command is done, or refused with a sentence. Nothing happens when nobody waits for it. */
  | { kind: 'settle'; command: CommandName; problem?: string; identity?: MachineIdentity }
  | { kind: 'close' };

export type ProtocolStep<State> = { state: State; effects: ProtocolEffect[] };

export interface ProtocolView {
  readonly machine: MachineState;
  readonly telemetry: MachineTelemetry;
  /** Time at which the machine wants a `tick`; Infinity for never. */
  readonly wakeAtMs: number;
}

export interface Protocol<State extends ProtocolView> {
  initial(): State;
  step(state: State, input: ProtocolInput, nowMs: number): ProtocolStep<State>;
}

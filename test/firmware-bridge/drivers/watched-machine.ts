import type {
  Machine,
  MachineEvent,
  MachineState,
  MachineTelemetry,
  RunOutcome,
} from '../../../firmware-bridge/machine.ts';

/** Keeps what a machine tells. */
export function watch(machine: Machine) {
  const events: MachineEvent[] = [];
  machine.onEvent((event) => events.push(event));
  return {
    events,
    states: (): MachineState['kind'][] =>
      events.flatMap((event) => (event.kind === 'state' ? [event.state.kind] : [])),
    outcomes: (): RunOutcome[] => events.flatMap((event) => (event.kind === 'ended' ? [event.outcome] : [])),
    acknowledged: (): number[] =>
      events.flatMap((event) => (event.kind === 'acknowledged' ? [event.line] : [])),
    telemetry: (): MachineTelemetry[] =>
      events.flatMap((event) => (event.kind === 'telemetry' ? [event.telemetry] : [])),
    sent: (): string[] =>
      events.flatMap((event) => (event.kind === 'log' && event.direction === 'out' ? [event.text] : [])),
  };
}

import type { MachineDescription, Position, StockLot } from '#contract/manufacturing.ts';

/** What matching knows about a lab. */
export interface RankedLab {
  lab: string;
  machines: readonly MachineDescription[];
  /** What is free: without what running and taken jobs will use. */
  stock: readonly StockLot[];
  position?: Position | undefined;
  /** Part of the network's recent work that it got, 0 to 1. */
  share?: number;
  isClosed?: boolean;
  /** Machines that said no to this very job. */
  declinedMachines?: readonly { machine: string; reason: string }[];
}

/** What a machine has to do already, and how it did before. */
export interface MachineLoad {
  jobs: number;
  /** Planned seconds of these jobs. */
  seconds: number;
  /** Of the runs that ended, as far back as the state remembers. */
  made: number;
  failed: number;
}

export const idleMachine: MachineLoad = { jobs: 0, seconds: 0, made: 0, failed: 0 };

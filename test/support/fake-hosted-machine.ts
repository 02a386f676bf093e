import type { HostedPrograms, HostedRun } from '../../firmware-bridge/machine.ts';
import { FakeMachine } from './fake-machine.ts';

/** A controller that keeps programs itself and says of a run what the test says; bridges come and go around it. */
export class FakeController {
  readonly placed = new Map<string, readonly string[]>();
  /** Names it was ever asked about. */
  readonly asked: string[] = [];
  run: HostedRun | Error = { kind: 'unknown', words: 'Nobody has told the controller yet.' };
  /** Says no to that many programs first. */
  refusals = 0;
  /** While there is one, no program is taken yet. */
  holdBack: Promise<void> | undefined;
}

/** The driver's side of such a controller, in one life of the bridge. */
export class FakeHostedMachine extends FakeMachine {
  readonly names: (string | undefined)[] = [];
  readonly hosted: HostedPrograms;
  /** Whether anybody answers at all. */
  isThere: boolean;

  constructor(controller: FakeController, { isThere = true }: { isThere?: boolean } = {}) {
    super();
    this.isThere = isThere;
    this.hosted = {
      place: async (program, name) => {
        await controller.holdBack;
        controller.refusals -= 1;
        if (controller.refusals >= 0) throw new Error('The disk of the controller is full.');
        controller.placed.set(name, program);
      },
      findAgain: async (name) => {
        controller.asked.push(name);
        if (controller.run instanceof Error) throw controller.run;
        return controller.run;
      },
    };
  }

  override async connect() {
    if (!this.isThere) throw new Error('Nobody answers there.');
    return super.connect();
  }

  override async start(program: readonly string[], name?: string) {
    this.names.push(name);
    await super.start(program);
  }

  loseLink() {
    this.isThere = false;
    this.set({ kind: 'offline', reason: 'Nobody answers there any more.' });
  }
}

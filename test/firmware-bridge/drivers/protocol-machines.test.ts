import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grblProtocol } from '../../../firmware-bridge/drivers/grbl/grbl-protocol.ts';
import { marlinProtocol } from '../../../firmware-bridge/drivers/marlin/marlin-protocol.ts';
import type { Protocol, ProtocolInput, ProtocolView } from '../../../firmware-bridge/drivers/protocol.ts';

const grbl = grblProtocol({ machineClass: 'router', limits: {} });
const marlin = marlinProtocol({ machineClass: 'printer', limits: {} });
const program = Array.from({ length: 60 }, (_, i) => `G1 X${i} Y${i * 2} F900`);
const lines = (...texts: string[]) => texts.map((text): ProtocolInput => ({ kind: 'line', text }));
const commands = (['pause', 'resume', 'cancel', 'clearFault'] as const).map(
  (command): ProtocolInput => ({ kind: 'command', command }),
);
const noise: ProtocolInput[] = [
  ...lines(
    'ok',
    'ok',
    'ok',
    'ok',
    'error:20',
    'ALARM:1',
    "Grbl 1.1h ['$' for help]",
    'Resend: 3',
    'start',
    '//action:cancel',
  ),
  ...lines('<Idle|MPos:0,0,0|WCO:0,0,0>', '<Run|MPos:1,2,0>', '<Hold:0|MPos:1,2,0>', 'echo:busy: processing'),
  ...lines(
    'Error:checksum mismatch, Last Line: 2',
    'X:1.00 Y:2.00 Z:0.00 E:0.00',
    'all done 1',
    '\u00ff\u0001junk',
  ),
  ...commands,
  { kind: 'tick' },
  { kind: 'tick' },
  { kind: 'start', program },
];

const session = fc.array(fc.record({ input: fc.constantFrom(...noise), waitMs: fc.nat(3_000) }), {
  maxLength: 80,
});
type Session = { input: ProtocolInput; waitMs: number }[];

/** Runs a session behind a greeting; `look` sees each state. */
function play<State extends ProtocolView>(
  protocol: Protocol<State>,
  greeting: ProtocolInput[],
  then: Session,
  look: (state: State) => void = () => undefined,
) {
  let state = protocol.initial();
  let nowMs = 0;
  const effects: unknown[] = [];
  const all = [...greeting.map((input) => ({ input, waitMs: 1 })), ...then];
  for (const { input, waitMs } of all) {
    nowMs += waitMs;
    const step = protocol.step(state, input, nowMs);
    state = step.state;
    effects.push(...step.effects);
    look(state);
  }
  return effects;
}

const opened: ProtocolInput = { kind: 'opened' };
const start: ProtocolInput = { kind: 'start', program };
const grblGreeting = [opened, ...lines('<Idle|MPos:0,0,0|WCO:0,0,0>', '[OPT:V,15,128]', 'ok', 'ok'), start];
const marlinGreeting = [opened, ...lines('FIRMWARE_NAME:Marlin 2.1', 'ok', 'ok', 'ok'), start];

describe('the protocol machines', () => {
  it('give the same effects when a session is replayed', () => {
    fc.assert(
      fc.property(session, (inputs) => {
        expect(play(grbl, grblGreeting, inputs)).toEqual(play(grbl, grblGreeting, inputs));
        expect(play(marlin, marlinGreeting, inputs)).toEqual(play(marlin, marlinGreeting, inputs));
      }),
      { numRuns: 50 },
    );
  });

  it('never have more under way than the window, whatever the machine says in whatever order', () => {
    fc.assert(
      fc.property(session, (inputs) => {
        play(grbl, grblGreeting, inputs, ({ job }) => {
          const bytes = job?.inFlight.reduce((sum, one) => sum + one.bytes, 0) ?? 0;
          expect(bytes).toBe(job?.inFlightBytes ?? 0);
          expect(bytes).toBeLessThanOrEqual(120);
        });
      }),
    );
  });

  it('end each job exactly once, the last one when the link closes', () => {
    for (const [protocol, greeting] of [
      [grbl as Protocol<ProtocolView>, grblGreeting],
      [marlin as Protocol<ProtocolView>, marlinGreeting],
    ] as const) {
      fc.assert(
        fc.property(session, (inputs) => {
          const closed: Session = [...inputs, { input: { kind: 'closed', reason: 'gone' }, waitMs: 1 }];
          const told = JSON.stringify(play(protocol, greeting, closed));
          const started = told.split('"command":"start"}').length - 1;
          expect(told.split('"kind":"ended"').length - 1).toBe(started);
        }),
      );
    }
  });

  it('send no motion of a job after it was cancelled, whatever the machine says then', () => {
    const cancel: ProtocolInput = { kind: 'command', command: 'cancel' };
    const isOther = ({ input }: Session[number]) => input.kind !== 'start';
    for (const [protocol, greeting] of [
      [grbl as Protocol<ProtocolView>, grblGreeting],
      [marlin as Protocol<ProtocolView>, marlinGreeting],
    ] as const) {
      fc.assert(
        fc.property(session, session, (before, after) => {
          const until: Session = [...before, { input: cancel, waitMs: 1 }];
          const sent = play(protocol, greeting, until).length;
          const all = play(protocol, greeting, [...until, ...after.filter(isOther)]);
          expect(JSON.stringify(all.slice(sent))).not.toMatch(/"kind":"write","text":"[^"]*G1\s?X/);
        }),
      );
    }
  });
});

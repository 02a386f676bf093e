import { describe, expect, it } from 'vitest';
import { marlinProtocol } from '../../../firmware-bridge/drivers/marlin/marlin-protocol.ts';
import type { ProtocolEffect, ProtocolInput } from '../../../firmware-bridge/drivers/protocol.ts';

/** A printer played by hand: says lines, lets time pass, and shows what the host wrote. */
function session() {
  const protocol = marlinProtocol({ machineClass: 'printer', limits: {} });
  let state = protocol.initial();
  let nowMs = 0;
  const take = (input: ProtocolInput): ProtocolEffect[] => {
    const step = protocol.step(state, input, nowMs);
    state = step.state;
    return step.effects;
  };
  const written = (effects: ProtocolEffect[]) =>
    effects.flatMap((effect) => (effect.kind === 'write' ? effect.text.trim().split('\n') : []));
  const outcomes = (effects: ProtocolEffect[]) =>
    effects.flatMap((effect) =>
      effect.kind === 'event' && effect.event.kind === 'ended' ? [effect.event.outcome] : [],
    );
  let all: ProtocolEffect[] = [];
  const say = (...texts: string[]): string[] => {
    const effects = texts.flatMap((text) => take({ kind: 'line', text }));
    all = [...all, ...effects];
    return written(effects);
  };
  take({ kind: 'opened' });
  say('FIRMWARE_NAME:Marlin 2.1', 'Cap:BUSY_PROTOCOL:1', 'ok', 'ok', 'ok');
  take({ kind: 'start', program: Array.from({ length: 200 }, (_, i) => `G1 X${i}`) });
  say('ok');
  return {
    say,
    wait: (ms: number): string[] => {
      nowMs += ms;
      const effects = take({ kind: 'tick' });
      all = [...all, ...effects];
      return written(effects);
    },
    outcomes: () => outcomes(all),
  };
}

const DAMAGED = 'Error:checksum mismatch, Last Line: 1';
const OUT_OF_TURN = 'Error:Line Number is not Last Line Number+1, Last Line: 1';

describe("the printer's request for a line", () => {
  it('is answered after the ok of firmwares that say one', () => {
    const { say } = session();
    say('ok');
    expect(say(DAMAGED, 'Resend: 2')).toEqual([]);
    expect(say('ok')).toEqual(['N2 G1 X1*99']);
  });

  it('is answered after half a second the first time none comes, and at once from then on', () => {
    const { say, wait } = session();
    say('ok');
    expect(say(DAMAGED, 'Resend: 2')).toEqual([]);
    expect(wait(500)).toContain('N2 G1 X1*99');
    expect(say(DAMAGED, 'Resend: 2')).toEqual(['N2 G1 X1*99']);
  });

  it('is understood in both spellings, and with a missing number as with a missing sum', () => {
    for (const words of ['No Checksum with line number', 'No Line Number with checksum']) {
      const { say } = session();
      say('ok');
      say(`Error:${words}, Last Line: 1`, 'rs N2');
      expect(say('ok')).toEqual(['N2 G1 X1*99']);
    }
  });

  it('is passed over when the line was not sent yet or is on its way', () => {
    const { say } = session();
    say('ok');
    expect(say('Resend: 3')).toEqual([]);
    expect(say(OUT_OF_TURN, 'Resend: 2')).toEqual([]);
    expect(say('ok')).toEqual(['N3 G1 X2*97']);
  });

  it('is answered in spite of that when a question has brought it out', () => {
    const { say, wait } = session();
    say('ok');
    expect(wait(9_000)).toEqual(expect.arrayContaining([expect.stringMatching(/^N3 M105\*/)]));
    say(OUT_OF_TURN, 'Resend: 2');
    expect(say('ok')).toEqual(['N2 G1 X1*99']);
  });

  it('ends the job when the same line is asked for ten times', () => {
    const { say, outcomes } = session();
    say('ok');
    for (let time = 0; time < 10; time++) say(DAMAGED, 'Resend: 2', 'ok');
    say(...Array.from({ length: 12 }, () => 'ok'), 'all done 1');
    expect(outcomes()).toMatchObject([
      { kind: 'failed', cause: 'noise', words: expect.stringMatching(/Line 2 does not get through/) },
    ]);
  });

  it('ends the job when the line is older than what the host keeps', () => {
    const { say, outcomes } = session();
    for (let line = 0; line < 120; line++) say('ok');
    say(DAMAGED, 'Resend: 3');
    say(...Array.from({ length: 12 }, () => 'ok'), 'all done 1');
    expect(outcomes()).toMatchObject([
      { kind: 'failed', cause: 'noise', words: expect.stringMatching(/which is long gone/) },
    ]);
  });
});

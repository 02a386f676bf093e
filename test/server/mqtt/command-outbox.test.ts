import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CommandMessage } from '#contract/mqtt-topics.ts';
import { CommandOutbox } from '../../../server/mqtt/command-outbox.ts';
import { HandClock } from '../../support/hand-clock.ts';

function outbox() {
  const clock = new HandClock();
  const sent: { atMs: number; command: string }[] = [];
  const box = new CommandOutbox(clock, (_lab, { command }) => sent.push({ atMs: clock.nowMs(), command }));
  return { clock, sent, box };
}

const clearFault = (): CommandMessage => ({
  v: 1,
  command: randomUUID(),
  type: 'clear-fault',
  machine: 'router',
});
const pause = (execution: string): CommandMessage => ({
  ...{ v: 1, command: randomUUID(), type: 'pause', machine: 'router', execution, fence: 1 },
});

describe('commands without an answer', () => {
  it('are sent again with the same id, less and less often', () => {
    const { clock, sent, box } = outbox();
    const command = clearFault();
    box.send('lab', command, () => {});
    clock.advance(60_000);
    expect(new Set(sent.map((one) => one.command))).toEqual(new Set([command.command]));
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 5_000, 12_500, 23_750, 40_625]);
    clock.advance(600_000);
    const times = sent.map(({ atMs }) => atMs);
    expect(Math.max(...times.slice(1).map((atMs, at) => atMs - (times[at] ?? 0)))).toBe(60_000);
  });

  it('rest once they are answered, and the answer is told once', () => {
    const { clock, sent, box } = outbox();
    const answers: string[] = [];
    const command = clearFault();
    box.send('lab', command, ({ result }) => answers.push(result));
    const response = { v: 1 as const, command: command.command, result: 'accepted' as const };
    box.hear('another-lab', response);
    expect(answers).toEqual([]);
    box.hear('lab', response);
    box.hear('lab', response);
    clock.advance(100_000);
    expect(answers).toEqual(['accepted']);
    expect(sent).toHaveLength(1);
  });

  it('go out again at once when their bridge says hello, in the order in which they were made', () => {
    const { sent, box } = outbox();
    const [one, two, other] = [clearFault(), clearFault(), clearFault()];
    box.send('lab', one, () => {});
    box.send('elsewhere', other, () => {});
    box.send('lab', two, () => {});
    sent.length = 0;
    box.resend('lab');
    expect(sent.map(({ command }) => command)).toEqual([one.command, two.command]);
  });

  it('are withdrawn with the execution they are about', () => {
    const { clock, sent, box } = outbox();
    const execution = randomUUID();
    box.send('lab', pause(execution), () => {});
    expect(box.has('pause', execution)).toBe(true);
    box.withdraw(execution);
    expect(box.has('pause', execution)).toBe(false);
    clock.advance(100_000);
    expect(sent).toHaveLength(1);
  });
});

import { describe, expect, it } from 'vitest';
import type { ExecutionMessage, HelloMessage } from '#contract/mqtt-topics.ts';
import { LabWatch } from '../../../server/mqtt/lab-watch.ts';

const EXECUTION = '01890000-0000-7000-8000-000000000001';

const word = (epoch: number, seq: number, state: ExecutionMessage['state']): ExecutionMessage => ({
  ...{ v: 1, epoch, seq, execution: EXECUTION, job: EXECUTION, machine: 'router', fence: 1, state },
});

const hello = (epoch: number, seq: number, state: ExecutionMessage['state']): HelloMessage => ({
  ...{ v: 1, epoch, seq, key: 'did:key:z6Mk', fences: {} },
  executions: [{ execution: EXECUTION, job: EXECUTION, machine: 'router', fence: 1, state }],
});

describe('what a bridge said last', () => {
  it('is not undone by a word that comes late, or again', () => {
    const watch = new LabWatch(() => 1);
    watch.hearHello('lab', hello(2, 4, 'READY'));
    watch.hearExecution('lab', word(2, 5, 'STARTED'));
    watch.hearExecution('lab', word(2, 4, 'READY'));
    watch.hearExecution('lab', word(2, 5, 'STARTED'));
    watch.hearExecution('lab', word(1, 9, 'FETCHING'));
    expect(watch.hearHello('lab', hello(2, 4, 'READY'))).toBe(false);
    expect(watch.bridge('lab').executions.get(EXECUTION)).toBe('STARTED');
    expect(watch.bridge('lab').stale).toBe(4);
  });

  it('is known to be incomplete where a number is left out, until the next hello', () => {
    const watch = new LabWatch(() => 1);
    watch.hearHello('lab', hello(1, 3, 'READY'));
    watch.hearExecution('lab', word(1, 6, 'RUNNING'));
    expect(watch.bridge('lab').missed).toBe(2);
    watch.hearHello('lab', hello(1, 6, 'RUNNING'));
    expect(watch.bridge('lab').missed).toBe(0);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Execution, Journal } from '../../firmware-bridge/journal.ts';
import { temporaryFolder } from '../support/bridge-on-trial.ts';
import { assignment } from '../support/scripted-coordinator.ts';

const ONE = '00000000-0000-4000-8000-000000000001';
let place: ReturnType<typeof temporaryFolder>;
let nowMs = 1_000;
beforeEach(() => {
  place = temporaryFolder('journal');
  nowMs = 1_000;
});
afterEach(() => place.remove());

const openJournal = () => new Journal(place.folder, () => nowMs);

function execution(over: Partial<Execution> = {}): Execution {
  const { execution: id, job, title, requirement, file, filePath } = assignment();
  const base = { execution: id, job, machine: 'router', fence: 1, title, requirement, file, filePath };
  return { ...base, state: 'READY', leaseUntilMs: 2_000, ...over };
}

function answer(command: string) {
  return { v: 1 as const, command, result: 'accepted' as const };
}

describe('the journal', () => {
  it('remembers answers, fences, executions and attention over a restart, and counts its starts', () => {
    const first = openJournal();
    const kept = execution({ intentMs: 5 });
    first.answer(answer(ONE));
    first.raiseFence('router', 4);
    first.saveExecution(kept);
    first.setAttention('router', { state: 'alarm', words: 'Hard limit' });
    first.close();
    const second = openJournal();
    expect(second.answerTo(ONE)).toEqual(answer(ONE));
    expect(second.answerTo('two')).toBeUndefined();
    expect(second.fences()).toEqual({ router: 4 });
    expect(second.openExecutions()).toEqual([kept]);
    expect(second.attention('router')).toEqual({ state: 'alarm', words: 'Hard limit' });
    expect([first.epoch, second.epoch]).toEqual([1, 2]);
    second.close();
  });

  it('never lowers a fence, and keeps it when attention changes', () => {
    const journal = openJournal();
    journal.raiseFence('router', 4);
    journal.raiseFence('router', 2);
    journal.setAttention('router', undefined);
    expect(journal.maxFence('router')).toBe(4);
    expect(journal.maxFence('printer')).toBe(0);
    journal.close();
  });

  it('writes all of a transaction or nothing', () => {
    const journal = openJournal();
    expect(() =>
      journal.transact(() => {
        journal.raiseFence('router', 9);
        journal.answer(answer(ONE));
        journal.answer(answer(ONE));
      }),
    ).toThrow();
    expect(journal.maxFence('router')).toBe(0);
    expect(journal.answerTo(ONE)).toBeUndefined();
    journal.close();
  });

  it('keeps ended executions known, but not open, and forgets them after 30 days', () => {
    const journal = openJournal();
    const ended = execution({ state: 'SUCCEEDED' });
    journal.saveExecution(ended);
    expect(journal.openExecutions()).toEqual([]);
    expect(journal.execution(ended.execution)).toEqual(ended);
    journal.close();
    nowMs += 31 * 24 * 60 * 60 * 1_000;
    const later = openJournal();
    expect(later.execution(ended.execution)).toBeUndefined();
    later.close();
  });

  it('hands out facts in the order in which they happened until they are acknowledged', () => {
    const journal = openJournal();
    const ended = execution({ state: 'SUCCEEDED' });
    journal.saveExecution(ended);
    const ids = ['c', 'a', 'b'].map((letter) => `0000000${letter}-0000-4000-8000-000000000000`);
    for (const [seq, id] of ids.entries()) {
      const { execution: of, job, machine, fence } = ended;
      const body = { id, stream: `job/${job}`, type: 'job.finished', v: 1, data: {} };
      const fact = { body, sig: { kid: 'did:key:z6Mk', sig: '' } };
      journal.addFact(id, {
        v: 1,
        epoch: 1,
        seq,
        execution: of,
        job,
        machine,
        fence,
        state: 'SUCCEEDED',
        fact,
      });
    }
    expect(journal.facts().map(({ fact }) => fact?.body.id)).toEqual(ids);
    expect(journal.untoldExecutions()).toEqual([ended]);
    journal.dropFacts(ids.slice(0, 2));
    expect(journal.facts().map(({ fact }) => fact?.body.id)).toEqual(ids.slice(2));
    journal.dropFacts(ids);
    expect(journal.untoldExecutions()).toEqual([]);
    journal.close();
  });

  it('belongs to one bridge at a time', () => {
    const journal = openJournal();
    expect(openJournal).toThrow(/Another bridge is using .*its own data folder/);
    journal.close();
  });
});

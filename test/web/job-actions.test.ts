import { describe, expect, it } from 'vitest';
import { JobCommand } from '#contract/http.ts';
import { sumOfAccounts } from '../../web/commons/sum-of-accounts.ts';
import { shownJob } from '../../web/gallery/shown-job.ts';
import { allowedActions, commandFor, needsWords } from '../../web/job/allowed-actions.ts';
import { slugOf } from '../../web/lab/OpenLabForm.tsx';
import { newId } from '../../web/parts/new-id.ts';
import { scaleBarFor } from '../../web/parts/use-stage.ts';
import { heard, JOB, jobIn } from './mock-world.ts';

describe('what may be done with a job', () => {
  it('makes commands that the contract accepts, for every state', () => {
    const states = [
      'wanted',
      'offered',
      'taken',
      'preparing',
      'running',
      'paused',
      'unknown',
      'failed',
    ] as const;
    for (const state of states)
      for (const action of allowedActions({ waitsForBedClear: true }, state)) {
        const command = commandFor(action, needsWords(action) ? 'because' : '', {
          lab: 'atelier',
          machine: 'router',
        });
        expect(JobCommand.safeParse(command).success, `${state} ${action}`).toBe(true);
      }
  });

  it('offers nothing once a job is made, and never a second start of an unknown one', () => {
    expect(allowedActions({ waitsForBedClear: false }, 'made')).toEqual([]);
    expect(allowedActions({ waitsForBedClear: false }, 'unknown')).toEqual([
      'resolve-made',
      'resolve-failed',
    ]);
  });
});

describe('small rules of the page', () => {
  it('shows the running job first, and the one made last when nothing runs', () => {
    const program = { hash: `sha256:${'9'.repeat(64)}`, bytes: 1, mime: 'text/x.gcode' };
    const made = jobIn('made', { job: 'made', program, endedMs: 5 });
    const running = jobIn('running');
    const telemetry = { [JOB]: { ...heard(0.1, 1), heardMs: 1 } };
    expect(shownJob({ jobs: { made, [JOB]: running }, telemetry })?.state).toBe('running');
    expect(shownJob({ jobs: { made }, telemetry: {} })?.job).toBe('made');
    expect(shownJob({ jobs: {}, telemetry: {} })).toBeUndefined();
  });

  it('chooses round lengths for the scale bar', () => {
    expect(scaleBarFor(4)).toEqual({ lengthMm: 500, widthPx: 125 });
    expect(scaleBarFor(0.1).lengthMm).toBe(10);
    expect(scaleBarFor(2).lengthMm).toBe(200);
  });

  it('adds balances exactly', () => {
    const accounts = [
      { balanceMinor: '900719925474099312', currency: 'EUR' },
      { balanceMinor: '-900719925474099312', currency: 'EUR' },
    ];
    expect(sumOfAccounts(accounts).get('EUR')).toBe(0n);
  });

  it('makes short names of names, and ids without a secure context', () => {
    expect(slugOf('  Atelier de l’Évêché n° 3 ')).toBe('atelier-de-l-eveche-n-3');
    expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

import { io, type Socket } from 'socket.io-client';
import {
  type Delta,
  LIVE_PATH,
  type PageToServer,
  type ServerToPage,
  type Snapshot,
} from '#contract/live-events.ts';
import type { JobView, OrderView } from '#contract/views.ts';
import { AppError } from '../../errors.ts';

/** A machine that has not said a word for so long is not going to. */
const SILENCE_MAX_MS = 5 * 60_000;

/**
 * Follows an order over the live link, as a page does, until its jobs are made and its price is shared.
 * Rejects with a sentence when a job ends in another way or nothing moves any more.
 */
export function followOrder(
  url: string,
  order: string,
  show: (jobs: readonly JobView[], progressOf: (job: string) => number) => void,
): Promise<{ order: OrderView; jobs: JobView[] }> {
  const jobs = new Map<string, JobView>();
  const progress = new Map<string, number>();
  let view: OrderView | undefined;
  const socket: Socket<ServerToPage, PageToServer> = io(url, { path: LIVE_PATH, transports: ['websocket'] });

  const take = (reply: Snapshot | Delta) => {
    const changed = reply.kind === 'snapshot' ? reply.views : reply.changed;
    view = changed.orders?.find((one) => one.order === order) ?? view;
    for (const job of changed.jobs ?? []) if (job.order === order) jobs.set(job.job, job);
  };

  return new Promise((resolve, reject) => {
    let silence: NodeJS.Timeout | undefined;
    const end = (settle: () => void) => {
      clearTimeout(silence);
      socket.disconnect();
      settle();
    };
    const moved = () => {
      clearTimeout(silence);
      silence = setTimeout(() => end(() => reject(nothingMoves())), SILENCE_MAX_MS);
      const all = [...jobs.values()].sort((a, b) => a.number - b.number);
      show(all, (job) => progress.get(job) ?? 0);
      const stuck = all.map(whyStuck).find((sentence) => sentence !== undefined);
      if (stuck !== undefined) end(() => reject(new AppError('unavailable', stuck, { code: 'demo.stuck' })));
      const finished = view;
      if (finished?.state === 'completed' && finished.isShared)
        end(() => resolve({ order: finished, jobs: all }));
    };
    const follow = () =>
      socket.emit('follow', {}, (reply) => {
        take(reply);
        moved();
      });
    socket.on('connect', follow);
    socket.on('delta', (delta) => {
      take(delta);
      moved();
    });
    socket.on('telemetry', (readings) => {
      for (const reading of readings) progress.set(reading.job, reading.progress);
      moved();
    });
    moved();
  });
}

function nothingMoves(): AppError {
  return new AppError('unavailable', `Nothing has moved for ${SILENCE_MAX_MS / 60_000} minutes.`, {
    code: 'demo.silence',
  });
}

/** Why a job will not be made by waiting, in one sentence. */
function whyStuck(job: JobView): string | undefined {
  const words = wordsOf(job);
  return words === undefined ? undefined : `"${job.title}" ${words.replace(/\.$/, '')}.`;
}

function wordsOf(job: JobView): string | undefined {
  if (job.state === 'failed') return `failed: ${job.failure?.words ?? 'without a word'}`;
  if (job.state === 'cancelled') return `was cancelled: ${job.cancelled?.reason ?? 'without a reason'}`;
  if (job.state === 'unknown') return `is unknown: ${job.doubt?.reason ?? 'contact was lost'}`;
  const lacks = job.refusals.find(({ code }) => code === 'out-of-stock');
  if (job.state === 'wanted' && job.candidates.length === 0 && lacks !== undefined)
    return `can be made by nobody: ${lacks.sentence}`;
  return undefined;
}

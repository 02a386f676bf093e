import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { DesignReport } from '#contract/design.ts';
import type { JobView } from '#contract/views.ts';
import { useOlder } from '../live/use-older.ts';
import { useWorld } from '../live/use-world.ts';
import { JobStageView } from '../parts/JobStageView.tsx';
import { shownState } from '../parts/job-signs.ts';
import { ModelStageView } from '../parts/ModelStageView.tsx';
import { NotHere } from '../parts/NotHere.tsx';
import { StateChip } from '../parts/StateChip.tsx';
import { titleWords } from '../parts/title-words.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { readJsonFile } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import { JobActions } from './JobActions.tsx';
import { JobDoubts } from './JobDoubts.tsx';
import { OrderMoney } from './OrderMoney.tsx';
import { ProgressCard } from './ProgressCard.tsx';
import { WhatHappened } from './WhatHappened.tsx';

export function JobPage({ job: id }: { job: string }) {
  const job = useWorld((world) => world.jobs[id]);
  const found = useOlder('job', id);
  if (job === undefined) return found === 'nowhere' ? <NotHere /> : <div className="page page-wait" />;
  return (
    <div className="page">
      <Head job={job} />
      <div className="job-columns">
        <div className="job-main">
          <JobStages job={job} />
          <ProgressCard job={job} />
          <JobDoubts job={job} />
          <JobActions job={job} />
        </div>
        <div className="job-side">
          <WhatHappened history={job.history} job={job} />
          <OrderMoney order={job.order} />
        </div>
      </div>
    </div>
  );
}

function Head({ job }: { job: JobView }) {
  const words = useWords();
  const { say, caption } = words;
  const heard = useWorld((world) => world.telemetry[job.job]);
  // A title like “Sheet 2 of 2” already says which of the jobs this is.
  const isSaid = job.of === 1 || job.title.endsWith(` ${job.number} of ${job.of}`);
  return (
    <div className="page-head">
      <h1>{caption(job.designName)}</h1>
      <StateChip state={shownState(job, heard)} />
      <span className="soft">
        {titleWords(job.title, words)} ·{' '}
        <Link href={`/orders/${job.order}`}>
          {isSaid ? say('job.itsOrder') : say('job.ofOrder', { number: job.number, of: job.of })}
        </Link>{' '}
        · <Link href={`/designs/${job.design}`}>{say('gallery.version', { number: job.designNumber })}</Link>
      </span>
    </div>
  );
}

type View = 'work' | 'part' | 'assembly';

/** Sheet or plate, parts and assembly on one stage. */
function JobStages({ job }: { job: JobView }) {
  const words = useWords();
  const { say, caption } = words;
  const [view, setView] = useState<View>('work');
  const heard = useWorld((world) => world.telemetry[job.job]);
  const reportHash = useWorld((world) => world.orders[job.order]?.report);
  const report = useLoaded(view === 'work' ? undefined : reportHash, readJsonFile<DesignReport>);
  const ready = report.state === 'ready' ? report.value : undefined;
  const only = useMemo(
    () => (view === 'part' && ready ? partsOf(ready, job) : undefined),
    [view, ready, job],
  );
  const label = `${caption(job.designName)}, ${titleWords(job.title, words)}`;
  const isCut = job.requirement.process === 'cut';
  const top = (
    <>
      <fieldset className="stage-views">
        <legend className="only-heard">{say('stage.view')}</legend>
        {(['work', 'part', 'assembly'] as const).map((one) => (
          <button
            key={one}
            type="button"
            className="link-button"
            aria-pressed={view === one}
            onClick={() => setView(one)}
          >
            {say(one === 'work' ? (isCut ? 'stage.sheet' : 'stage.plate') : `stage.${one}`)}
          </button>
        ))}
      </fieldset>
      {view === 'work' && <Legend isCut={isCut} />}
    </>
  );
  if (view === 'work') {
    const line =
      job.state === 'made'
        ? Number.MAX_SAFE_INTEGER
        : (heard?.line ?? job.doubt?.line ?? job.failure?.line ?? -1);
    const position = job.state === 'running' ? heard?.positionMm : undefined;
    return <JobStageView className="job-stage" job={job} at={{ line, position }} label={label} top={top} />;
  }
  return (
    <ModelStageView
      className="job-stage"
      glb={ready?.files.glb}
      parts={ready?.parts ?? []}
      {...(only === undefined ? {} : { only })}
      label={label}
      top={top}
    />
  );
}

function partsOf(report: DesignReport, job: JobView): ReadonlySet<string> {
  const piece = report.workPieces.find(
    (one) => (one.process === 'cut' ? one.layout : one.plate) === job.file.hash,
  );
  return new Set(piece?.parts.map(({ partId }) => partId) ?? report.parts.map(({ partId }) => partId));
}

function Legend({ isCut }: { isCut: boolean }) {
  const { say } = useWords();
  return (
    <ul className="legend">
      <li className="legend-done">{say(isCut ? 'stage.cut' : 'stage.printed')}</li>
      <li className="legend-now">{say('stage.now')}</li>
      <li className="legend-next">{say('stage.next')}</li>
    </ul>
  );
}

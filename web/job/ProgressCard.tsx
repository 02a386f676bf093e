import type { JobView } from '#contract/views.ts';
import { useWorld } from '../live/use-world.ts';
import type { Heard } from '../live/world.ts';
import { labName, machineName } from '../parts/refusal-words.ts';
import { useNow } from '../parts/use-now.ts';
import { useWords, type Words } from '../words/use-words.ts';

/** How far, how long still, and what the machine says of itself. */
export function ProgressCard({ job }: { job: JobView }) {
  const { say, percent, duration } = useWords();
  const labs = useWorld((world) => world.labs);
  const heard = useWorld((world) => world.telemetry[job.job]);
  const isOn = job.state === 'running' || job.state === 'unknown';
  const progress = job.state === 'made' ? 1 : isOn ? (heard?.progress ?? 0) : 0;
  const tone =
    job.state === 'made'
      ? 'bar-made'
      : job.state === 'running' && heard?.state !== 'paused'
        ? ''
        : 'bar-wait';
  const where = [labName({ labs }, job.lab), machineName({ labs }, job.lab, job.machine)]
    .filter(Boolean)
    .join(' · ');
  return (
    <section className="card pad" aria-label={say('job.progress')}>
      <div className="progress-row">
        <strong className="figures progress-share">{percent(progress)}</strong>
        <div
          className={`bar ${tone}`}
          role="progressbar"
          aria-valuenow={Math.round(progress * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-label={say('job.progress')}
        >
          <span style={{ width: `${progress * 100}%` }} />
        </div>
        <span className="figures">
          {job.state === 'running' && heard?.secondsLeft !== undefined
            ? say('job.left', { time: duration(heard.secondsLeft) })
            : job.seconds !== undefined && say('job.took', { time: duration(job.seconds) })}
        </span>
        <span className="soft small figures">
          {say('job.planned', { time: duration(job.estimatedSeconds) })}
        </span>
      </div>
      <p className="readings small soft figures">
        {where !== '' && <span>{where}</span>}
        {isOn && heard && <Readings heard={heard} />}
      </p>
    </section>
  );
}

const HEARD_EVERY_MS = 200;

function Readings({ heard }: { heard: Heard }) {
  const words = useWords();
  const now = useNow(HEARD_EVERY_MS);
  const seconds = Math.max(0, (now - heard.heardMs) / 1_000);
  return (
    <>
      {readingsOf(heard, words).map((reading) => (
        <span key={reading.slice(0, 4)} className="mono">
          {reading}
        </span>
      ))}
      <span>{words.say('job.heard', { seconds: words.number(seconds, seconds < 10 ? 1 : 0) })}</span>
    </>
  );
}

function readingsOf(heard: Heard, { say, number }: Words): string[] {
  const readings: string[] = [];
  if (heard.positionMm) {
    const [x, y, z] = heard.positionMm;
    readings.push(say('reading.place', { x: number(x, 1), y: number(y, 1), z: number(z, 2) }));
  }
  if (heard.feedMmPerMin !== undefined)
    readings.push(say('reading.feed', { value: number(heard.feedMmPerMin) }));
  if (heard.spindleRpm !== undefined)
    readings.push(say('reading.spindle', { value: number(heard.spindleRpm) }));
  if (heard.nozzleC !== undefined)
    readings.push(
      say('reading.nozzle', { value: number(heard.nozzleC), target: number(heard.nozzleTargetC ?? 0) }),
    );
  if (heard.bedC !== undefined)
    readings.push(say('reading.bed', { value: number(heard.bedC), target: number(heard.bedTargetC ?? 0) }));
  return readings;
}

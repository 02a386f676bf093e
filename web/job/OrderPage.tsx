import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { OrderView } from '#contract/views.ts';
import { JobCard } from '../board/JobCard.tsx';
import { DesignPicture } from '../gallery/DesignPicture.tsx';
import { useOlder } from '../live/use-older.ts';
import { useWorld } from '../live/use-world.ts';
import { NotHere } from '../parts/NotHere.tsx';
import { ProblemNote } from '../parts/ProblemNote.tsx';
import { Chip } from '../parts/StateChip.tsx';
import { useCommand } from '../parts/use-command.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { cancelOrder, downloadAddress, readDesign } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import { OrderMoney } from './OrderMoney.tsx';
import { WhatHappened } from './WhatHappened.tsx';

export function OrderPage({ order: id }: { order: string }) {
  const { say, caption, dateTime } = useWords();
  const order = useWorld((world) => world.orders[id]);
  const found = useOlder('order', id);
  const isOwn = useWorld((world) => world.visitor?.canAct === true && world.visitor.agent === order?.by);
  if (order === undefined) return found === 'nowhere' ? <NotYet /> : <div className="page page-wait" />;
  const time = dateTime(order.placedMs);
  const tone = order.state === 'completed' ? 'made' : 'plain';
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          {caption(order.designName)}
          {order.quantity > 1 ? ` ×${order.quantity}` : ''}
        </h1>
        <Chip tone={tone}>{say(`orderState.${order.state}`)}</Chip>
        <span className="soft">
          {isOwn ? say('order.placedByYou', { time }) : say('order.placedBy', { name: order.byName, time })}
        </span>
      </div>
      <div className="job-columns">
        <div className="job-main">
          <Jobs order={order} />
          <Wish order={order} />
          <Cancel order={order} />
        </div>
        <div className="job-side">
          <WhatHappened history={order.history} />
          <OrderMoney order={order.order} />
        </div>
      </div>
    </div>
  );
}

/** An order that was placed a moment ago reaches the page by its socket. */
function NotYet() {
  const isLive = useWorld((world) => world.connection === 'live');
  const [isPatient] = useState(() => window.history.length > 1);
  return isLive && isPatient ? <div className="page page-wait" /> : <NotHere />;
}

function Jobs({ order }: { order: OrderView }) {
  const { say } = useWords();
  const jobs = useWorld((world) => world.jobs);
  const own = order.jobs.flatMap((job) => jobs[job] ?? []);
  return (
    <section className="card pad" aria-label={say('order.jobs')}>
      <h2>{say('order.jobs')}</h2>
      {own.length === 0 && <p className="soft">{say('order.evaluating')}</p>}
      <ul className="order-jobs">
        {own.map((job) => (
          <JobCard key={job.job} job={job} />
        ))}
      </ul>
    </section>
  );
}

function Wish({ order }: { order: OrderView }) {
  const { say, caption } = useWords();
  const detail = useLoaded(order.design, readDesign);
  const definitions = detail.state === 'ready' ? detail.value.summary.parameters : [];
  const parameters = Object.entries(order.parameters);
  const search = new URLSearchParams(parameters.map(([name, value]) => [name, String(value)])).toString();
  return (
    <section className="card order-wish" aria-label={say('order.wish')}>
      <DesignPicture design={order} />
      <div className="pad">
        <h2>{say('order.wish')}</h2>
        {parameters.length === 0 && <p className="soft">{say('order.asDesigned')}</p>}
        <dl className="facts">
          {parameters.map(([name, value]) => {
            const definition = definitions.find((one) => one.name === name);
            const unit = definition?.kind === 'number' ? definition.unit : undefined;
            return (
              <div key={name}>
                <dt>{definition ? caption(definition.caption) : name}</dt>
                <dd className="figures">{[String(value), unit].filter(Boolean).join(' ')}</dd>
              </div>
            );
          })}
        </dl>
        <p className="small order-links">
          <Link href={`/designs/${order.design}${search === '' ? '' : `?${search}`}`}>
            {say('order.openDesign')}
          </Link>
          {order.report && (
            <a href={downloadAddress(order.report, 'report.json')} download="report.json">
              {say('download.report')}
            </a>
          )}
        </p>
      </div>
    </section>
  );
}

function Cancel({ order }: { order: OrderView }) {
  const { say } = useWords();
  const command = useCommand();
  if (order.state === 'completed' || order.state === 'cancelled') return null;
  return (
    <div>
      <Button
        variant="default"
        loading={command.isBusy}
        onClick={() => void command.run(() => cancelOrder(order.order, say('order.cancelReason')))}
      >
        {say('order.cancel')}
      </Button>
      <ProblemNote words={command.problem} />
    </div>
  );
}

import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { DesignView } from '#contract/views.ts';
import { useWorld } from '../live/use-world.ts';
import { useWords } from '../words/use-words.ts';
import { DesignCard } from './DesignCard.tsx';

type ProcessFilter = 'any' | 'cut' | 'print';
type Order = 'made' | 'new' | 'name';

export function Gallery() {
  const { say, caption, locale } = useWords();
  const designs = useWorld((world) => world.designs);
  const labs = useWorld((world) => Object.keys(world.labs).length);
  const isKnown = useWorld((world) => world.log !== '');
  const [process, setProcess] = useState<ProcessFilter>('any');
  const [order, setOrder] = useState<Order>('made');
  const compare: Record<Order, (one: DesignView, other: DesignView) => number> = {
    made: (one, other) =>
      other.made + other.running - one.made - one.running || other.publishedMs - one.publishedMs,
    new: (one, other) => other.publishedMs - one.publishedMs,
    name: (one, other) => caption(one.caption).localeCompare(caption(other.caption), locale),
  };
  const shown = Object.values(designs)
    .filter(({ processes }) => process === 'any' || processes.includes(process))
    .sort(compare[order]);
  return (
    <section id="gallery" aria-labelledby="gallery-title">
      <div className="gallery-head">
        <h2 id="gallery-title">{say('gallery.title')}</h2>
        <span className="soft small">
          {say('gallery.counts', { designs: Object.keys(designs).length, labs })}
        </span>
        <span className="gallery-filters">
          <NativeSelect
            variant="unstyled"
            aria-label={say('gallery.process')}
            value={process}
            onChange={({ currentTarget: { value } }) =>
              setProcess(value === 'cut' || value === 'print' ? value : 'any')
            }
            data={[
              { value: 'any', label: say('gallery.anyProcess') },
              { value: 'cut', label: say('process.cut') },
              { value: 'print', label: say('process.print') },
            ]}
          />
          <NativeSelect
            variant="unstyled"
            aria-label={say('gallery.order')}
            value={order}
            onChange={({ currentTarget: { value } }) =>
              setOrder(value === 'new' || value === 'name' ? value : 'made')
            }
            data={[
              { value: 'made', label: say('gallery.mostMade') },
              { value: 'new', label: say('gallery.newest') },
              { value: 'name', label: say('gallery.byName') },
            ]}
          />
        </span>
      </div>
      {isKnown && shown.length === 0 && <p className="empty">{say('gallery.empty')}</p>}
      <ul className="gallery-cards">
        {shown.map((design) => (
          <DesignCard key={design.design} design={design} />
        ))}
      </ul>
    </section>
  );
}

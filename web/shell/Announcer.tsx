import { useContext, useEffect, useState } from 'react';
import { WorldContext } from '../live/use-world.ts';
import { titleWords } from '../parts/title-words.ts';
import { useWords } from '../words/use-words.ts';

/** Says state changes of jobs to screen readers, politely, one at a time. */
export function Announcer() {
  const { say, caption } = useWords();
  const store = useContext(WorldContext);
  const [news, setNews] = useState('');
  useEffect(
    () =>
      store.subscribe((world, before) => {
        if (world.jobs === before.jobs || before.log !== world.log) return;
        const changed = Object.values(world.jobs).find(
          (job) => before.jobs[job.job] !== undefined && before.jobs[job.job]?.state !== job.state,
        );
        if (changed === undefined) return;
        const what = `${caption(changed.designName)}, ${titleWords(changed.title, { say })}`;
        setNews(say('shell.news', { what, state: say(`state.${changed.state}`) }));
      }),
    [store, say, caption],
  );
  return (
    <div className="only-heard" aria-live="polite">
      {news}
    </div>
  );
}

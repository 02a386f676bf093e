import { Link } from 'wouter';
import type { DesignView } from '#contract/views.ts';
import { Chip } from '../parts/StateChip.tsx';
import { useWords } from '../words/use-words.ts';
import { DesignPicture } from './DesignPicture.tsx';

export function DesignCard({ design }: { design: DesignView }) {
  const { say, caption } = useWords();
  return (
    <li className="design-card card">
      <Link href={`/designs/${design.design}`}>
        <DesignPicture design={design} />
        <span className="design-words">
          <strong>{caption(design.caption)}</strong>
          <span className="soft small">
            {say('gallery.version', { number: design.number })} · {design.licence} ·{' '}
            {say('gallery.made', { count: design.made })}
          </span>
          <span className="chips">
            {design.processes.map((process) => (
              <Chip key={process}>{say(`process.${process}`)}</Chip>
            ))}
            {design.running > 0 && (
              <Chip tone="live">
                <span aria-hidden="true">▶</span> {say('gallery.running', { count: design.running })}
              </Chip>
            )}
            {design.running === 0 && design.made > 0 && (
              <Chip tone="made">
                <span aria-hidden="true">✓</span> {say('gallery.practised')}
              </Chip>
            )}
          </span>
        </span>
      </Link>
    </li>
  );
}

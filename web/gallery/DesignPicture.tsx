import type { DesignView } from '#contract/views.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { Mark } from '../shell/Mark.tsx';
import { pictureOf } from './design-picture.ts';

/** The picture of a design; where none can be drawn, the mark stands in its place. */
export function DesignPicture({ design }: { design: Pick<DesignView, 'design' | 'version'> }) {
  const picture = useLoaded(design.version, (version) => pictureOf(design.design, version));
  return (
    <span className="design-picture" aria-hidden="true">
      {picture.state === 'ready' && <img className="rise" src={picture.value} alt="" loading="lazy" />}
      {picture.state === 'failed' && <Mark />}
    </span>
  );
}

import { useEffect, useRef, useState } from 'react';
import type { DesignView } from '#contract/views.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { Mark } from '../shell/Mark.tsx';
import { pictureOf } from './design-picture.ts';

/** The picture of a design, drawn when it comes into view; where none can be drawn, the mark stands in its place. */
export function DesignPicture({ design }: { design: Pick<DesignView, 'design' | 'version'> }) {
  const place = useRef<HTMLSpanElement>(null);
  const isNear = useIsNear(place);
  const picture = useLoaded(isNear ? design.version : undefined, (version) =>
    pictureOf(design.design, version),
  );
  return (
    <span className="design-picture" aria-hidden="true" ref={place}>
      {picture.state === 'ready' && <img className="rise" src={picture.value} alt="" />}
      {picture.state === 'failed' && <Mark />}
    </span>
  );
}

/** True once the element has come near the visible part of the page. */
function useIsNear(place: React.RefObject<HTMLElement | null>): boolean {
  const [isNear, setIsNear] = useState(() => typeof IntersectionObserver === 'undefined');
  useEffect(() => {
    if (isNear || place.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setIsNear(true);
      },
      { rootMargin: '120px' },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [isNear, place]);
  return isNear;
}

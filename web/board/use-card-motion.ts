import { type RefObject, useLayoutEffect, useRef } from 'react';
import { openIsStill } from '../parts/is-still.ts';

const MOVE_MS = 220;

/**
 * Cards that stand somewhere else after a rendering move there from where they stood. Each card names itself in
 * `data-card`.
 */
export function useCardMotion(board: RefObject<HTMLElement | null>): void {
  const before = useRef(new Map<string, DOMRect>());
  useLayoutEffect(() => {
    const places = new Map<string, DOMRect>();
    const cards = board.current?.querySelectorAll<HTMLElement>('[data-card]') ?? [];
    const scroll = { x: window.scrollX, y: window.scrollY };
    for (const card of cards) {
      const { left, top, width, height } = card.getBoundingClientRect();
      const place = new DOMRect(left + scroll.x, top + scroll.y, width, height);
      const name = card.dataset.card ?? '';
      places.set(name, place);
      const from = before.current.get(name);
      if (from) move(card, from.x - place.x, from.y - place.y);
    }
    before.current = places;
  });
}

function move(card: HTMLElement, x: number, y: number): void {
  if ((Math.abs(x) < 1 && Math.abs(y) < 1) || openIsStill() || card.animate === undefined) return;
  const isFar = Math.abs(x) > 1;
  card.animate(
    [
      { transform: `translate(${x}px, ${y}px)`, zIndex: isFar ? 2 : 1 },
      { transform: 'none', zIndex: isFar ? 2 : 1 },
    ],
    { duration: MOVE_MS, easing: 'cubic-bezier(0.2, 0, 0.1, 1)' },
  );
}

/** Rows slide to their new place, unless the user prefers reduced motion. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const SLIDE_MS = 350;

/** The rows of `body` carry their name in `data-row`. */
export function useRowMoves(body: RefObject<HTMLElement | null>): void {
  const places = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    const rows = [...(body.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const before = places.current;
    places.current = new Map(rows.map((row) => [row.dataset['row'] ?? '', row.offsetTop]));
    for (const row of isCalm ? [] : rows) {
      const distance = (before.get(row.dataset['row'] ?? '') ?? row.offsetTop) - row.offsetTop;
      if (distance === 0) continue;
      row.animate([{ transform: `translateY(${distance}px)` }, { transform: 'none' }], {
        duration: SLIDE_MS,
        easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)',
      });
    }
  });
}

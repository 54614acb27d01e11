/** Marks or un-marks a restaurant. */
import type { Hearts } from './use-hearts.ts';
import './heart-button.css';

const heartPath =
  'M12 20.3 4.3 12.6a4.9 4.9 0 0 1 0-6.9 4.9 4.9 0 0 1 6.9 0l.8.8.8-.8a4.9 4.9 0 0 1 6.9 0 ' +
  '4.9 4.9 0 0 1 0 6.9z';

export function HeartButton({
  hearts,
  restaurant,
}: {
  readonly hearts: Hearts;
  readonly restaurant: string;
}) {
  const isMarked = hearts.isMarked(restaurant);
  return (
    <button
      type="button"
      class="heart"
      aria-pressed={isMarked}
      aria-label={`Favourite of ${hearts.user}: ${restaurant}`}
      title={isMarked ? `Un-mark as ${hearts.user}` : `Mark as ${hearts.user}`}
      onClick={() => hearts.toggle(restaurant)}
    >
      <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
        <path d={heartPath} />
      </svg>
    </button>
  );
}

/** A restaurant and its windows, through the API: all time, the newest months and days. */
import { useEffect, useRef } from 'preact/hooks';
import { whole } from '../format.ts';
import { daysOf, monthOfDay, monthsOf, titleOf, today } from '../leaderboard/windows.ts';
import { HeartButton } from './heart-button.tsx';
import { closeRestaurant } from './shown-restaurant.ts';
import { useCounts } from './use-counts.ts';
import type { Hearts } from './use-hearts.ts';
import './restaurant-dialog.css';

const MONTHS_SHOWN = 12;
const DAYS_SHOWN = 31;

export function RestaurantDialog({
  restaurant,
  windows,
  hearts,
}: {
  readonly restaurant: string;
  readonly windows: readonly string[];
  readonly hearts: Hearts;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const kept = windows.filter((window) => window !== 'ALL_TIME');
  const hasMonths = kept.some((window) => monthsOf([window])[0] === window);
  const months = hasMonths ? monthsOf(kept).slice(0, MONTHS_SHOWN) : [];
  const days = daysOf(kept).slice(0, DAYS_SHOWN);
  const { counts, problem } = useCounts(restaurant, ['ALL_TIME', ...months, ...days]);
  const countOf = (window: string): number => counts?.counts[window] ?? 0;
  const summary = [
    ['All time', 'ALL_TIME'],
    ['This month', monthOfDay(today())],
    ['Today', today()],
  ] as const;
  return (
    <dialog
      ref={dialog}
      class="restaurant"
      aria-labelledby="restaurant-title"
      onClose={closeRestaurant}
      onClick={({ target, currentTarget }) => target === currentTarget && currentTarget.close()}
    >
      <div class="restaurant-body">
        <header>
          <h2 id="restaurant-title">{restaurant}</h2>
          <HeartButton hearts={hearts} restaurant={restaurant} />
          <button type="button" class="restaurant-close" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </header>
        {problem !== undefined && (
          <p class="restaurant-problem" role="alert">
            {problem}
          </p>
        )}
        <dl class="restaurant-summary">
          {summary.map(([title, window]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{counts ? whole(countOf(window)) : '–'}</dd>
            </div>
          ))}
        </dl>
        <Bars title="Months" windows={months} countOf={countOf} />
        <Bars title="Days" windows={days} countOf={countOf} />
        <p class="quiet">{counts && updatedText(counts.updatedAt)}</p>
      </div>
    </dialog>
  );
}

function Bars(o: {
  readonly title: string;
  readonly windows: readonly string[];
  readonly countOf: (window: string) => number;
}) {
  if (o.windows.length === 0) return null;
  const max = Math.max(1, ...o.windows.map(o.countOf));
  return (
    <section>
      <h3>{o.title}</h3>
      <ol class="restaurant-bars">
        {o.windows.map((window) => (
          <li key={window}>
            <span>{titleOf(window)}</span>
            <span class="restaurant-bar" style={{ '--share': o.countOf(window) / max }} />
            <span class="restaurant-count">{whole(o.countOf(window))}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

const updatedText = (updatedAt: string | null): string =>
  updatedAt === null
    ? 'Never marked'
    : `Counted last at ${updatedAt.slice(0, 19).replace('T', ' ')} UTC, asked through the API every second`;

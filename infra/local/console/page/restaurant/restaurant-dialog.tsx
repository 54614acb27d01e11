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
  problem: heartProblem,
}: {
  readonly restaurant: string;
  readonly windows: readonly string[];
  readonly hearts: Hearts;
  /** Of the page, which is hidden behind the dialog. */
  readonly problem: string | undefined;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // Not on the heart, where the dialog would put the focus: the name is read first, and a space bar marks nothing.
    heading.current?.focus();
  }, []);
  const kept = windows.filter((window) => window !== 'ALL_TIME');
  const hasMonths = kept.some((window) => monthsOf([window])[0] === window);
  const months = hasMonths ? monthsOf(kept).slice(0, MONTHS_SHOWN) : [];
  const days = daysOf(kept).slice(0, DAYS_SHOWN);
  const { counts, problem = heartProblem } = useCounts(restaurant, ['ALL_TIME', ...months, ...days]);
  const countOf = (window: string): number | undefined => counts && (counts.counts[window] ?? 0);
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
          <h2 id="restaurant-title" ref={heading} tabIndex={-1}>
            {restaurant}
          </h2>
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
              <dd>{countText(countOf(window))}</dd>
            </div>
          ))}
        </dl>
        <Months windows={months} countOf={countOf} />
        <Days windows={days} countOf={countOf} />
        <p class="quiet">{counts && updatedText(counts.updatedAt)}</p>
      </div>
    </dialog>
  );
}

interface Shares {
  readonly windows: readonly string[];
  /** Undefined while it is not known. */
  readonly countOf: (window: string) => number | undefined;
}

const countText = (count: number | undefined): string => (count === undefined ? '–' : whole(count));

const highestOf = ({ windows, countOf }: Shares): number =>
  Math.max(1, ...windows.map((window) => countOf(window) ?? 0));

function Months({ windows, countOf }: Shares) {
  if (windows.length === 0) return null;
  const max = highestOf({ windows, countOf });
  return (
    <section>
      <h3>Months</h3>
      <ol class="restaurant-months">
        {windows.map((window) => (
          <li key={window}>
            <span>{titleOf(window)}</span>
            <span class="restaurant-track">
              <span class="restaurant-bar" style={{ '--share': (countOf(window) ?? 0) / max }} />
            </span>
            <span class="restaurant-count">{countText(countOf(window))}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A column a day, the newest at the right. */
function Days({ windows, countOf }: Shares) {
  const [newest, oldest] = [windows[0], windows.at(-1)];
  if (newest === undefined || oldest === undefined) return null;
  const max = highestOf({ windows, countOf });
  return (
    <section>
      <h3>Days</h3>
      <ol class="restaurant-days">
        {windows.toReversed().map((window) => {
          const text = `${titleOf(window)}: ${countText(countOf(window))}`;
          return (
            <li key={window} title={text}>
              <span class="restaurant-column" style={{ '--share': (countOf(window) ?? 0) / max }} />
              <span class="visually-hidden">{text}</span>
            </li>
          );
        })}
      </ol>
      <p class="restaurant-axis" aria-hidden="true">
        <span>{titleOf(oldest)}</span>
        {newest !== oldest && <span>{titleOf(newest)}</span>}
      </p>
    </section>
  );
}

const updatedText = (updatedAt: string | null): string =>
  updatedAt === null
    ? 'Never marked'
    : `Counted last at ${updatedAt.slice(0, 19).replace('T', ' ')} UTC, asked through the API every second`;

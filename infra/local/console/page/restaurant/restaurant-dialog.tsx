/** The counts of a restaurant from the API: all time, and the newest windows of each kind. */
import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { whole } from '../format.ts';
import { byKind, nameOf, presentWindows, titleOf, type WindowsByKind } from '../leaderboard/windows.ts';
import { ShownId } from '../ids/shown-id.tsx';
import { HeartButton } from './heart-button.tsx';
import { closeRestaurant } from './shown-restaurant.ts';
import { useCounts } from './use-counts.ts';
import type { Hearts } from './use-hearts.ts';
import './restaurant-dialog.css';

const ROWS_MAX = 12;
const COLUMNS_MAX = 31;
/** The most windows in one request to the API, including ALL_TIME. */
const WINDOWS_MAX = 100;
const LONG_ID_LENGTH = 60;
const WEEK_MS = 7 * 86_400_000;

export function RestaurantDialog({
  restaurant,
  windows,
  timeZone,
  hearts,
  problem: heartProblem,
}: {
  readonly restaurant: string;
  readonly windows: readonly string[];
  /** Of the windows. */
  readonly timeZone: string;
  /** Undefined if the page cannot write favourites. */
  readonly hearts: Hearts | undefined;
  /** The page's problem, shown here because the dialog hides the page. */
  readonly problem: string | undefined;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // Do not focus the heart, so that a screen reader reads the name first and the space bar marks nothing.
    heading.current?.focus();
  }, []);
  const offered = useMemo(() => byKind(windows), [windows]);
  const lists = useMemo(() => listsOf(offered), [offered]);
  const asked = ['ALL_TIME', ...lists.flatMap((list) => list.windows)];
  const { counts, problem = heartProblem } = useCounts(restaurant, asked);
  const countOf = (window: string): number | undefined => counts && (counts.counts[window] ?? 0);
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
          <Title restaurant={restaurant} heading={heading} />
          {hearts && <HeartButton hearts={hearts} restaurant={restaurant} />}
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
          {presentWindows(offered, timeZone).map(([title, window]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{countText(countOf(window))}</dd>
            </div>
          ))}
        </dl>
        {lists.map(({ title, isLong, windows: listed }) => (
          <section key={title}>
            <h3>{title}</h3>
            <List isLong={isLong} windows={listed} countOf={countOf} />
          </section>
        ))}
        <p class="quiet">
          {lists.length > 0 && `Windows in ${timeZone}. `}
          {counts && updatedText(counts.updatedAt)}
        </p>
      </div>
    </dialog>
  );
}

/** A long id has smaller letters and may scroll, so the keyboard must reach it. */
function Title({
  restaurant,
  heading,
}: {
  readonly restaurant: string;
  readonly heading: RefObject<HTMLHeadingElement | null>;
}) {
  const isLong = restaurant.length > LONG_ID_LENGTH;
  return (
    <h2
      id="restaurant-title"
      ref={heading}
      data-length={isLong ? 'long' : 'short'}
      tabIndex={isLong ? 0 : -1}
    >
      <ShownId id={restaurant} />
    </h2>
  );
}

/** The newest windows of each kind: rows for windows longer than a week, otherwise columns. */
function listsOf(offered: WindowsByKind) {
  const lists = [...offered].map(([kind, all]) => ({
    title: `${nameOf(kind)}s`,
    isLong: all.some(({ startMs, endMs }) => endMs - startMs > WEEK_MS),
    windows: all.map(({ window }) => window),
  }));
  const rows = lists.filter(({ isLong }) => isLong).length * ROWS_MAX;
  const columns = Math.floor(
    (WINDOWS_MAX - 1 - rows) / Math.max(1, lists.filter((list) => !list.isLong).length),
  );
  return lists.map((list) => ({
    ...list,
    windows: list.windows.slice(0, list.isLong ? ROWS_MAX : Math.min(COLUMNS_MAX, columns)),
  }));
}

interface Shares {
  readonly windows: readonly string[];
  /** Undefined until the API has responded. */
  readonly countOf: (window: string) => number | undefined;
}

const countText = (count: number | undefined): string => (count === undefined ? '–' : whole(count));

const highestOf = ({ windows, countOf }: Shares): number =>
  Math.max(1, ...windows.map((window) => countOf(window) ?? 0));

function List({ isLong, ...shares }: Shares & { readonly isLong: boolean }) {
  return isLong ? <Rows {...shares} /> : <Columns {...shares} />;
}

function Rows({ windows, countOf }: Shares) {
  const max = highestOf({ windows, countOf });
  return (
    <ol class="restaurant-rows">
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
  );
}

/** The newest window is at the right. */
function Columns({ windows, countOf }: Shares) {
  const [newest, oldest] = [windows[0], windows.at(-1)];
  if (newest === undefined || oldest === undefined) return null;
  const max = highestOf({ windows, countOf });
  return (
    <>
      <ol class="restaurant-columns">
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
    </>
  );
}

const updatedText = (updatedAt: string | null): string =>
  updatedAt === null
    ? 'Never marked'
    : `Last changed at ${updatedAt.slice(0, 19).replace('T', ' ')} UTC. Refreshed every second.`;

/** Which window the leaderboard shows: three quick ones, or any month and day that holds a count. */
import { daysOf, isDay, monthIn, monthOfDay, monthsOf, titleOf, today } from './windows.ts';

interface Choice {
  readonly window: string;
  readonly onChoose: (window: string) => void;
}

export function QuickWindows({ window, onChoose }: Choice) {
  const quick = [
    ['All time', 'ALL_TIME'],
    ['This month', monthOfDay(today())],
    ['Today', today()],
  ] as const;
  return (
    <div class="segments" role="group" aria-label="Time window">
      {quick.map(([title, choice]) => (
        <button key={title} type="button" aria-pressed={choice === window} onClick={() => onChoose(choice)}>
          {title}
        </button>
      ))}
    </div>
  );
}

/** A list that is open stays as it is while snapshots come: Preact touches only what differs. */
export function DatedWindows({
  window,
  windows,
  onChoose,
}: Choice & { readonly windows: readonly string[] }) {
  const known = [...windows, window];
  const month = monthIn(window);
  return (
    <div class="dated-windows">
      <label>
        <span>Month</span>
        <select
          value={month ?? ''}
          onChange={({ currentTarget }) => onChoose(currentTarget.value || 'ALL_TIME')}
        >
          <option value="">All time</option>
          {monthsOf(known).map((choice) => (
            <option key={choice} value={choice}>
              {titleOf(choice)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Day</span>
        <select
          value={isDay(window) ? window : ''}
          disabled={month === undefined}
          onChange={({ currentTarget }) => onChoose(currentTarget.value || (month ?? 'ALL_TIME'))}
        >
          <option value="">Whole month</option>
          {(month === undefined ? [] : daysOf(known, month)).map((choice) => (
            <option key={choice} value={choice}>
              {Number(choice.slice(6))}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/**
 * Chooses the window of the leaderboard: a button for each current window, and lists of all others that have
 * a count.
 */
import { useMemo } from 'preact/hooks';
import { byKind, nameOf, presentWindows, selectsOf, titleOf } from './windows.ts';

interface Choice {
  readonly window: string;
  readonly windows: readonly string[];
  readonly onChoose: (window: string) => void;
}

export function QuickWindows({
  window,
  windows,
  timeZone,
  onChoose,
}: Choice & { readonly timeZone: string }) {
  const offered = useMemo(() => byKind(windows), [windows]);
  return (
    <div class="segments" role="group" aria-label="Time window">
      {presentWindows(offered, timeZone).map(([title, choice]) => (
        <button key={title} type="button" aria-pressed={choice === window} onClick={() => onChoose(choice)}>
          {title}
        </button>
      ))}
    </div>
  );
}

/** An open list stays open while snapshots arrive, because Preact updates only changed elements. */
export function DatedWindows({ window, windows, onChoose }: Choice) {
  const selects = useMemo(() => selectsOf(window, byKind([...windows, window])), [window, windows]);
  return (
    <div class="dated-windows">
      {selects.map(({ kind, value, options, whole, wholeTitle, isDisabled }) => (
        <label key={kind}>
          <span>{nameOf(kind)}</span>
          <select
            value={value}
            disabled={isDisabled}
            onChange={({ currentTarget }) => onChoose(currentTarget.value || whole)}
          >
            <option value="">{wholeTitle}</option>
            {options.map((choice) => (
              <option key={choice} value={choice}>
                {titleOf(choice)}
              </option>
            ))}
          </select>
        </label>
      ))}
    </div>
  );
}

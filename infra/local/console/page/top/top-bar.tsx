/** The name, the run, the connection, and the choice of the theme. */
import { useState } from 'preact/hooks';
import type { Snapshot } from '../../protocol.ts';
import { whole } from '../format.ts';
import { chooseTheme, storedTheme, type Theme, themes } from '../theme.ts';
import type { ConsoleState } from '../use-console.ts';
import './top-bar.css';

const connectionTexts: Readonly<Record<ConsoleState['connection'], string>> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Connection lost, reconnecting',
};

const themeNames: Readonly<Record<Theme, string>> = {
  auto: 'System theme',
  light: 'Light theme',
  dark: 'Dark theme',
};

/** A screen, a sun, a moon. */
const themeSigns: Readonly<Record<Theme, string>> = {
  auto: 'M4 5h16v11H4zM9 20h6M12 16v4',
  light:
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2' +
    'M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  dark: 'M20 14.2A8.2 8.2 0 0 1 9.8 4 8.2 8.2 0 1 0 20 14.2z',
};

export function TopBar({
  connection,
  run,
}: {
  readonly connection: ConsoleState['connection'];
  readonly run: Snapshot['run'] | undefined;
}) {
  return (
    <header class="top-bar">
      <img src="/console/icon.svg" alt="" width="28" height="28" />
      <h1>Favourite Counts</h1>
      <p class="top-run">
        {run &&
          [
            `${run.engine} engine`,
            `seed ${run.seed}`,
            `batches up to ${whole(run.batchSize)}`,
            run.timeZone === 'UTC' ? 'windows and times in UTC' : `windows in ${run.timeZone}, times in UTC`,
          ].join(' · ')}
      </p>
      <p class="top-connection" role="status" data-state={connection}>
        {connectionTexts[connection]}
      </p>
      <ThemeChoice />
    </header>
  );
}

function ThemeChoice() {
  const [chosen, setChosen] = useState<Theme>(storedTheme);
  return (
    <div class="segments" role="group" aria-label="Theme">
      {themes.map((theme) => (
        <button
          key={theme}
          type="button"
          aria-label={themeNames[theme]}
          title={themeNames[theme]}
          aria-pressed={theme === chosen}
          onClick={() => {
            chooseTheme(theme);
            setChosen(theme);
          }}
        >
          <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true">
            <path d={themeSigns[theme]} />
          </svg>
        </button>
      ))}
    </div>
  );
}

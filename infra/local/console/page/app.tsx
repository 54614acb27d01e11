/** The page: which panel stands where. Panels get what they draw as properties. */
import { useState } from 'preact/hooks';
import { LeaderboardPanel } from './leaderboard/leaderboard-panel.tsx';
import { ReplayPanel } from './replay-panel.tsx';
import { RestaurantDialog } from './restaurant/restaurant-dialog.tsx';
import { useShownRestaurant } from './restaurant/shown-restaurant.ts';
import { useHearts } from './restaurant/use-hearts.ts';
import { TopBar } from './top/top-bar.tsx';
import { TruthMeter } from './top/truth-meter.tsx';
import { showProblem, showWindow, useConsole } from './use-console.ts';

/** Whose hearts are shown at first: any user may be chosen. */
const FIRST_USER = 'ada';

export function App() {
  const { connection, connections, window, windows, snapshot, problem } = useConsole();
  const [user, setUser] = useState(FIRST_USER);
  const shown = useShownRestaurant();
  const top = snapshot?.window === window ? snapshot.top : undefined;
  const listed = (top ?? []).map(({ restaurantId }) => restaurantId);
  const hearts = useHearts(user, shown === undefined ? listed : [...listed, shown], connections);
  return (
    <div class="page">
      <TopBar connection={connection} run={snapshot?.run} />
      {problem !== undefined && (
        <div class="problem" role="alert">
          <p>{problem}</p>
          <button type="button" onClick={() => showProblem(undefined)}>
            Dismiss
          </button>
        </div>
      )}
      <main>
        {snapshot && <TruthMeter truth={snapshot.truth} figures={snapshot.figures} />}
        <div class="panels">
          <div class="column">
            <LeaderboardPanel
              window={window}
              windows={windows}
              top={top}
              hearts={hearts}
              onWindow={showWindow}
              onUser={setUser}
            />
            {snapshot && <ReplayPanel replay={snapshot.replay} />}
          </div>
        </div>
      </main>
      {shown !== undefined && (
        <RestaurantDialog key={shown} restaurant={shown} windows={windows} hearts={hearts} />
      )}
    </div>
  );
}

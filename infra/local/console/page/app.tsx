/** The layout of the page. It passes each panel the state to draw as properties. */
import { useState } from 'preact/hooks';
import { Card } from './card.tsx';
import { TimeSeries } from './charts/time-series.tsx';
import { DeadLetters } from './controls/dead-letters.tsx';
import { FaultPanel } from './controls/fault-panel.tsx';
import { LoadPanel } from './controls/load-panel.tsx';
import { ReconcilePanel } from './controls/reconcile-panel.tsx';
import { LeaderboardPanel } from './leaderboard/leaderboard-panel.tsx';
import { Pipeline } from './pipeline/pipeline.tsx';
import { ReplayPanel } from './replay-panel.tsx';
import { RestaurantDialog } from './restaurant/restaurant-dialog.tsx';
import { useShownRestaurant } from './restaurant/shown-restaurant.ts';
import { useHearts } from './restaurant/use-hearts.ts';
import { TopBar } from './top/top-bar.tsx';
import { TruthMeter } from './top/truth-meter.tsx';
import { showProblem, showWindow, useConsole } from './use-console.ts';

/** The user whose hearts are shown at first. */
const FIRST_USER = 'ada';

export function App() {
  const { connection, connections, window, windows, snapshot, series, problem } = useConsole();
  const [user, setUser] = useState(FIRST_USER);
  const shown = useShownRestaurant();
  const top = snapshot?.window === window ? snapshot.top : undefined;
  const listed = (top ?? []).map(({ restaurantId }) => restaurantId);
  const timeZone = snapshot?.run.timeZone ?? 'UTC';
  const writer = snapshot === undefined || snapshot.hearts === 'nobody' ? undefined : snapshot.hearts;
  const hearts = useHearts(writer, user, {
    restaurants: shown === undefined ? listed : [...listed, shown],
    // A replay may mark and un-mark as any user, so ask again when it has ended.
    epoch: `${connections} ${snapshot?.replay.state}`,
  });
  return (
    <div class="page">
      <TopBar connection={connection} run={snapshot?.run} />
      {problem !== undefined && <Problem text={problem} />}
      <main>
        {snapshot && <TruthMeter truth={snapshot.truth} metrics={snapshot.metrics} />}
        <div class="panels">
          {snapshot && (
            <Card title="Pipeline" note="The deployable stack, on this machine" className="wide">
              <Pipeline snapshot={snapshot}>
                <ReconcilePanel reconcile={snapshot.reconcile} />
              </Pipeline>
            </Card>
          )}
          <div class="column board">
            <LeaderboardPanel
              window={window}
              windows={windows}
              timeZone={timeZone}
              top={top}
              hearts={hearts}
              noHearts={snapshot?.noHearts}
              onWindow={showWindow}
              onUser={setUser}
            />
          </div>
          {snapshot && (
            <>
              <div class="column">
                <div class="pair">
                  <LoadPanel load={snapshot.load} noLoad={snapshot.noLoad} />
                  <ReplayPanel replay={snapshot.replay} />
                </div>
                <FaultPanel faults={snapshot.faults} />
              </div>
              <div class="wide">
                <TimeSeries series={series} />
              </div>
              <div class="wide">
                <DeadLetters snapshot={snapshot} />
              </div>
            </>
          )}
        </div>
      </main>
      {shown !== undefined && (
        <RestaurantDialog
          key={shown}
          restaurant={shown}
          windows={windows}
          timeZone={timeZone}
          hearts={hearts}
          problem={problem}
        />
      )}
    </div>
  );
}

function Problem({ text }: { readonly text: string }) {
  return (
    <div class="problem" role="alert">
      <p>{text}</p>
      <button type="button" onClick={() => showProblem(undefined)}>
        Dismiss
      </button>
    </div>
  );
}

/** The page: which panel stands where. Panels get what they draw as properties. */
import { Card } from './card.tsx';
import { useConsole } from './use-console.ts';

export function App() {
  const { connection, snapshot } = useConsole();
  return (
    <div class="page">
      <main class="panels">
        <Card title="Favourite Counts">
          <p role="status">{snapshot ? snapshot.run.engine : connection}</p>
        </Card>
      </main>
    </div>
  );
}

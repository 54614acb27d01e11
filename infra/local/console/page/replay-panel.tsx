/** Shows which events `npm start` writes, the sample or a file, and how many are written so far. */
import type { Snapshot } from '../protocol.ts';
import { Card } from './card.tsx';
import { whole } from './format.ts';
import './replay-panel.css';

type ReplayState = Snapshot['replay'];

export function ReplayPanel({ replay }: { readonly replay: ReplayState }) {
  const { source, written, events } = replay;
  return (
    <Card title="Replay" className="replay">
      <p class="replay-source">{source}</p>
      {events !== undefined && events > 0 && (
        <progress max={events} value={written} aria-label="Events written" />
      )}
      <p class="quiet">{noteOf(replay)}</p>
    </Card>
  );
}

function noteOf({ state, message, written, events }: ReplayState): string {
  if (message !== undefined) return message;
  switch (state) {
    case 'replaying':
      return `${whole(written)}${events === undefined ? '' : ` of ${whole(events)}`} events written`;
    case 'counting':
      return `All ${whole(written)} events written, counting the last ones`;
    case 'done':
      return `All ${whole(written)} events written and counted`;
    case 'idle':
      return 'Nothing is being written';
    case 'failed':
      return 'The replay failed';
  }
}

/** Lists the messages in the dead-letter queue with reason and record, and has a button to redrive them. */
import type { DeadLetterList, ListedDeadLetter, Snapshot } from '../../protocol.ts';
import { Card } from '../card.tsx';
import { whole } from '../format.ts';
import { sendOrder } from '../use-console.ts';
import './dead-letters.css';
import { useDeadLetters } from './use-dead-letters.ts';

export function DeadLetters({ snapshot }: { snapshot: Snapshot }) {
  const list = useDeadLetters(snapshot);
  const isRunning = snapshot.reconcile.state === 'running';
  const isIdle = isRunning || list === undefined || list.total === 0;
  return (
    <div id="dead-letters" class="wide">
      <Card
        title="Dead letters"
        note={noteOf(list)}
        actions={
          <button
            type="button"
            aria-disabled={isIdle}
            onClick={() => {
              if (!isIdle) void sendOrder('POST /console/reconcile', { mode: 'redrive' });
            }}
          >
            Redrive
          </button>
        }
      >
        {list && list.letters.length > 0 ? (
          <ul class="letters" tabIndex={0} aria-label="Dead letters, the newest first">
            {list.letters.map((letter) => (
              <Letter key={letter.messageId} letter={letter} />
            ))}
          </ul>
        ) : (
          <p class="letters-none">No dead letters. Turn on the fault poison or drop to see some.</p>
        )}
      </Card>
    </div>
  );
}

function noteOf(list: DeadLetterList | undefined): string {
  if (list === undefined) return '';
  const { total, letters, messages } = list;
  const listed =
    total <= letters.length
      ? `${whole(total)} in the queue`
      : `the newest ${letters.length} of ${whole(total)}`;
  return messages === total ? listed : `${listed}, in ${whole(messages)} messages`;
}

function Letter({ letter }: { letter: ListedDeadLetter }) {
  return (
    <li>
      <details class="letter">
        <summary>
          <span class="letter-kind">{letter.kind}</span>
          <code class="letter-reason">{letter.reason}</code>
          <span class="letter-detail">{letter.detail}</span>
        </summary>
        <p class="quiet">
          Message <code>{letter.messageId}</code>
        </p>
        <pre tabIndex={0} aria-label={`The ${letter.kind} of message ${letter.messageId}`}>
          {letter.record}
        </pre>
      </details>
    </li>
  );
}

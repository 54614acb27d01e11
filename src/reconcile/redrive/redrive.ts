/**
 * One step of redrive: receives dead letters until the queue is empty or the time ends, and deletes those
 * whose content is committed, never before (I5).
 *
 *     receive (hidden until the run's window is over)
 *       → committed   → deleted
 *       → unfinished  → given back at once: the next step of this run tries it again
 *       → left        → given back at the end: the next run tries it again
 *       → stuck       → stays hidden: a later run tries it again
 */
import { atMost } from '../../tables/dynamodb/at-most.ts';
import type { ReceivedLetter } from '../../dead-letters/dead-letter-queue.ts';
import { type RedriveInput, type RedriveStep } from '../run.ts';
import { addTotals } from '../totals.ts';
import type { RedriveContext } from './context.ts';
import { type LetterOutcome, redriveLetter } from './letter.ts';

/**
 * How long a run may receive, and how long its dead letters stay hidden. It is less than the 15 minutes
 * between two runs, so that a run sees no dead letter twice, and the run after the next sees every one that
 * stays.
 */
export const REDRIVE_WINDOW_SECONDS = 840;
/** With less time left than this the step receives nothing more. */
const RECEIVE_RESERVE_MS = 2_000;
/** How many failed dead letters the last step of a run gives back; the others stay hidden for the window. */
const GIVEN_BACK_MAX = 1_000;

export async function redriveStep(
  { run, totals }: RedriveInput,
  context: RedriveContext,
): Promise<RedriveStep> {
  const { clock, letters } = context;
  const beganMs = clock.nowMs();
  const failed: ReceivedLetter[] = [];
  let sums = addTotals(totals);
  // Verify changes nothing, and receiving would hide dead letters from others.
  let done = run.mode === 'verify';
  while (!done && clock.nowMs() < context.deadlineMs - RECEIVE_RESERVE_MS) {
    // After the window this run would receive again the dead letters that it left, and never end.
    const isWindowOver = clock.nowMs() >= run.startedAtMs + REDRIVE_WINDOW_SECONDS * 1000;
    const received = isWindowOver ? [] : await letters.receive({ hiddenSeconds: REDRIVE_WINDOW_SECONDS });
    done = received.length === 0;
    sums = addTotals(sums, await redrive(received));
  }
  if (done) await letters.giveBack(failed);
  return { run, totals: addTotals(sums, { durationMs: clock.nowMs() - beganMs }), done };

  async function redrive(received: readonly ReceivedLetter[]) {
    const outcomes = await outcomesOf(received);
    const of = (kind: LetterOutcome['kind']) => received.filter((_, index) => outcomes[index]?.kind === kind);
    const { deleted, failure } = await deleteLetters(of('committed'));
    await letters.giveBack(of('unfinished'));
    failed.push(
      ...of('left')
        .slice(0, GIVEN_BACK_MAX - failed.length)
        .map((letter) => ({ ...letter, body: '' })),
    );
    received.forEach((letter, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === 'left' || outcome?.kind === 'stuck') context.onLeft(letter, outcome.reason);
      if (outcome?.kind === 'committed' && !deleted.has(letter)) {
        context.onLeft(letter, `it is committed, but its deletion was not confirmed: ${failure}`);
      }
    });
    const tried = outcomes.filter(({ kind }) => kind !== 'unfinished');
    return {
      checked: tried.length,
      redriven: deleted.size,
      left: tried.length - deleted.size,
      expired: tried.filter(({ isExpired }) => isExpired).length,
      readUnits: outcomes.reduce((sum, { readUnits }) => sum + readUnits, 0),
      writeUnits: outcomes.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
    };
  }

  /**
   * Applies several dead letters at once, each with one transaction at a time, so that it sends as many
   * transactions at once as the aggregator.
   */
  async function outcomesOf(received: readonly ReceivedLetter[]): Promise<readonly LetterOutcome[]> {
    const inTurn = atMost(context.concurrency);
    const letterContext = { ...context, concurrency: 1, isLossRepaired: run.mode === 'repair' };
    return Promise.all(received.map(({ body }) => inTurn(() => redriveLetter(body, letterContext))));
  }

  /** A dead letter without a confirmed deletion counts as left; at the next try its records are stale. */
  async function deleteLetters(committed: readonly ReceivedLetter[]) {
    try {
      return { deleted: new Set(await letters.delete(committed)), failure: 'SQS rejected it' };
    } catch (thrown) {
      const failure = thrown instanceof Error ? thrown.message : String(thrown);
      return { deleted: new Set<ReceivedLetter>(), failure };
    }
  }
}

/**
 * Redrive: takes letters out of the dead-letter queue until it is empty, and deletes those whose content is
 * committed, never before (I5). A step ends in time and says whether there is more.
 *
 *     receive (hidden until the run's window is over)
 *       → committed   → deleted
 *       → out of time → given back at once: the next step of this run takes it up
 *       → failed      → given back at the end: the next run takes it up, this one does not
 *       → hopeless    → left hidden: some later run looks at it again
 */
import { atMost } from '../../tables/dynamodb/at-most.ts';
import type { ReceivedLetter, ReceivedLetters } from '../../dead-letters/received-letters.ts';
import { type LetterOutcome, redriveLetter, type RedriveLetterContext } from './letter.ts';
import { addTotals, noTotals, type RedriveInput, type RedriveStep } from '../run.ts';

export interface RedriveContext extends Omit<RedriveLetterContext, 'isLossRepaired'> {
  readonly letters: ReceivedLetters;
  /** Told of every letter that stays. */
  readonly onLeft: (letter: ReceivedLetter, reason: string) => void;
}

/**
 * The window of one run, and below the 15 minutes between two: a letter that stays is not seen twice by one run, and
 * is seen by the one after the next at the latest.
 */
export const REDRIVE_WINDOW_SECONDS = 840;
const REDRIVE_WINDOW_MS = REDRIVE_WINDOW_SECONDS * 1000;
/** With less time left than this nothing more is received. */
const RECEIVE_RESERVE_MS = 2_000;
/** Failed letters given back at the end of a step; more wait for their time. */
const GIVEN_BACK_MAX = 1_000;

export async function redriveStep(
  { run, totals }: RedriveInput,
  context: RedriveContext,
): Promise<RedriveStep> {
  const { clock, letters } = context;
  const beganMs = clock.nowMs();
  const failed: ReceivedLetter[] = [];
  let sums = noTotals;
  // Verify changes nothing, and a letter that is received is hidden from others.
  let isDone = run.mode === 'verify';
  while (!isDone && clock.nowMs() < context.deadlineMs - RECEIVE_RESERVE_MS) {
    const received = isWindowOver() ? [] : await letters.receive({ hiddenSeconds: REDRIVE_WINDOW_SECONDS });
    isDone = received.length === 0;
    sums = addTotals(sums, await redrive(received));
  }
  if (isDone) await letters.giveBack(failed);
  const step = addTotals(totals, { ...sums, durationMs: clock.nowMs() - beganMs });
  return { run, totals: step, done: isDone };

  /** From then on letters that this run left could be seen again, and it would never end. */
  function isWindowOver(): boolean {
    return clock.nowMs() >= run.startedAtMs + REDRIVE_WINDOW_MS;
  }

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
        context.onLeft(letter, `it is committed, and its deletion was not confirmed: ${failure}`);
      }
    });
    const tried = outcomes.filter(({ kind }) => kind !== 'unfinished');
    return {
      checked: tried.length,
      redriven: deleted.size,
      left: tried.length - deleted.size,
      expired: tried.filter(({ isExpired }) => isExpired).length,
      writeUnits: outcomes.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
    };
  }

  /** Several letters at once, each with one transaction under way: as many as the aggregator has in all. */
  async function outcomesOf(received: readonly ReceivedLetter[]): Promise<readonly LetterOutcome[]> {
    const inTurn = atMost(context.concurrency);
    const letterContext = { ...context, concurrency: 1, isLossRepaired: run.mode === 'repair' };
    return Promise.all(received.map(({ body }) => inTurn(() => redriveLetter(body, letterContext))));
  }

  /** What is not deleted comes again and is stale then; until a deletion is confirmed it counts as left. */
  async function deleteLetters(committed: readonly ReceivedLetter[]) {
    try {
      return { deleted: new Set(await letters.delete(committed)), failure: 'SQS refused it' };
    } catch (thrown) {
      const failure = thrown instanceof Error ? thrown.message : String(thrown);
      return { deleted: new Set<ReceivedLetter>(), failure };
    }
  }
}

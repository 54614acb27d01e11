/**
 * Redrives one dead letter. It is `committed` only when every record is in the registers, was stale, was
 * overtaken by a newer record, or has a dead letter of its own (I5).
 */
import { namesOf } from '../../counting/record-names.ts';
import { type Redrivable, readRedrivable } from '../../dead-letters/redrivable.ts';
import { isOfAnotherTable } from '../../tables/favourites-stream.ts';
import { applyThenLook, type Findings, type RecordPages } from './apply.ts';
import { type LookContext, newLetterCounters, type RedriveLetterContext } from './context.ts';
import { isOvertaken } from './overtaken.ts';

export interface LetterOutcome {
  /**
   * `unfinished`: the time ended. `left`: a later try may succeed. `stuck`: every try fails until the code,
   * the settings or the row change, or a repair has run.
   */
  readonly kind: 'committed' | 'unfinished' | 'left' | 'stuck';
  /** Why it is not committed, without user ids. */
  readonly reason: string;
  /** Some records of the dead letter's range had already left the stream. */
  readonly isExpired: boolean;
  readonly readUnits: number;
  readonly writeUnits: number;
}

type Readable = Exclude<Redrivable, { readonly kind: 'unreadable' }>;

/** Never throws because of the content of a dead letter or an error of AWS. */
export async function redriveLetter(body: string, context: RedriveLetterContext): Promise<LetterOutcome> {
  const counters = newLetterCounters();
  const findings: Findings = { poison: [], isExpired: false };
  const outcome = (kind: LetterOutcome['kind'], reason = ''): LetterOutcome => {
    const { readUnits, writeUnits } = counters;
    return { kind, reason, isExpired: findings.isExpired, readUnits, writeUnits };
  };
  const content = readRedrivable(body);
  if (content.kind === 'unreadable') return outcome('stuck', content.detail);
  if (isOfAnotherTable(content.streamArn, context.favouritesTableArn)) {
    return outcome(
      'stuck',
      'it comes from another table than the one that is counted; start a repair, and delete this dead letter',
    );
  }
  try {
    const lookContext = { ...context, counters };
    await applyThenLook(pagesOf(content, context), findings, lookContext);
    const reason = await whyItStays(content, findings, lookContext);
    return reason === undefined ? outcome('committed') : outcome('stuck', reason);
  } catch (thrown) {
    if (context.clock.nowMs() >= context.deadlineMs) return outcome('unfinished', 'the time ended');
    return outcome('left', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function pagesOf(content: Readable, { stream, clock, deadlineMs }: RedriveLetterContext): RecordPages {
  if (content.kind === 'record') return [{ records: [content.record], isExpired: false }];
  return stream.read(content.range, { signal: clock.timeout(deadlineMs - clock.nowMs()) });
}

/** Undefined if everything is committed. @throws if a dead letter could not be sent. */
async function whyItStays(
  content: Readable,
  { poison, isExpired }: Findings,
  context: LookContext,
): Promise<string | undefined> {
  if (content.kind === 'record') {
    const [rejection] = poison;
    if (rejection === undefined) return undefined;
    const names = namesOf(content.record, context.mapping);
    if (names !== undefined && (await isOvertaken(names, context))) return undefined;
    return `it still cannot be applied: ${rejection.reason}, ${rejection.detail}`;
  }
  if (isExpired && !context.isLossRepaired) {
    return 'some of its records have left the stream; start a run with mode repair to correct the counts';
  }
  // Sent only at the end: otherwise every retry of the range would send them again.
  const confirmations = await context.deadLetters.send(poison, { deadlineMs: context.deadlineMs });
  const failure = confirmations.find(({ kind }) => kind === 'failed');
  if (failure?.kind === 'failed') {
    throw new Error(`the queue did not confirm the dead letter of a poison record: ${failure.detail}`);
  }
  return undefined;
}

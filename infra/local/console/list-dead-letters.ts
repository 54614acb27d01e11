/** Lists the dead letters for the page: the newest first, each with its reason and record. */
import type { DeadLetter } from '../dead-letters.ts';
import type { LocalRun } from '../local-run.ts';
import { plural, printable } from '../../command-line/text.ts';
import type { DeadLetterList, ListedDeadLetter } from './protocol.ts';

const LISTED_MAX = 50;
/** In characters. A list of fifty stays below a few hundred kilobytes. */
const RECORD_LENGTH_MAX = 4_000;

export function listDeadLetters(
  run: Pick<LocalRun, 'newestDeadLetters' | 'deadLetterCount'>,
): DeadLetterList {
  const { distinct: total, messages } = run.deadLetterCount();
  return { total, messages, letters: run.newestDeadLetters(LISTED_MAX).map(listed) };
}

function listed(letter: DeadLetter): ListedDeadLetter {
  const { kind, messageId } = letter;
  switch (letter.kind) {
    case 'record': {
      const { reason, detail, record, ...identity } = letter.letter;
      return { kind, messageId, reason, detail, record: readable(record ?? identity) };
    }
    case 'range': {
      const { range } = letter;
      const detail = describeRange(range);
      return { kind, messageId, reason: 'given-up', detail, record: readable(range) };
    }
    case 'unreadable': {
      const detail = 'This message is neither from the aggregator nor from the pipe.';
      return { kind, messageId, reason: 'unreadable', detail, record: cut(letter.body) };
    }
  }
}

const conditions: Readonly<Record<string, string>> = {
  RetryAttemptsExhausted: 'after its last retry',
  RecordAgeExceeded: 'because they were too old',
};

function describeRange(range: unknown): string {
  const size = Number(member(member(range, 'DDBStreamBatchInfo'), 'batchSize'));
  const condition = String(member(member(range, 'context'), 'condition'));
  const records = Number.isFinite(size) ? plural(size, 'record') : 'records';
  const why = conditions[condition] ?? `(${cut(condition)})`;
  return `The pipe gave up on ${records} ${why}; a redrive reads them from the stream again.`;
}

function readable(value: unknown): string {
  return cut(JSON.stringify(value, undefined, 2));
}

/** Escapes invisible characters, and those that reverse the rest of a line. Keeps the line breaks. */
function cut(text: string): string {
  const lines = text.split('\n').map(printable).join('\n');
  return lines.length <= RECORD_LENGTH_MAX ? lines : `${lines.slice(0, RECORD_LENGTH_MAX)}\n…`;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

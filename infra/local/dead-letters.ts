/** The messages in the dead-letter queue of a local run. */
import { decodeDeadLetter, type DeadLetter as RecordLetter } from '../../src/dead-letters/dead-letter.ts';
import type { QueueMessage } from './emulator/queue/queue-store.ts';

export type DeadLetter = { readonly messageId: string; readonly body: string } & (
  | { readonly kind: 'record'; readonly letter: RecordLetter }
  /** A message of the pipe about a range of records that it gave up on. */
  | { readonly kind: 'range'; readonly range: unknown }
  | { readonly kind: 'unreadable' }
);

/** A record that was redelivered after a crash may be in the queue twice. */
export interface DeadLetterCount {
  readonly messages: number;
  readonly distinct: number;
}

export function readDeadLetter({ messageId, body }: QueueMessage): DeadLetter {
  // A message of the pipe is JSON and begins with a brace. The base64 of a record never does.
  if (body.startsWith('{')) return { kind: 'range', messageId, body, range: JSON.parse(body) as unknown };
  try {
    return { kind: 'record', messageId, body, letter: decodeDeadLetter(body) };
  } catch {
    return { kind: 'unreadable', messageId, body };
  }
}

/** Formats decoded dead letters as JSON lines. */
export function* formatDeadLetters(letters: Iterable<DeadLetter>): Generator<string> {
  for (const letter of letters) yield `${JSON.stringify(readableForm(letter))}\n`;
}

function readableForm(letter: DeadLetter): object {
  if (letter.kind === 'record') return { kind: letter.kind, ...letter.letter };
  return letter.kind === 'range'
    ? { kind: letter.kind, range: letter.range }
    : { kind: letter.kind, body: letter.body };
}

/** Checks that a stream of bytes is UTF-8, line by line. */
import { isUtf8 } from 'node:buffer';
import { InputError } from '../input-error.ts';
import { count } from '../text.ts';
import type { InputText } from './input-text.ts';

const LINE_FEED = 0x0a;
/** A row is far shorter. */
const LINE_BYTES_MAX = 16_000_000;

/**
 * Yields the bytes up to the first line that is not UTF-8.
 * @param onIssue called for every such line
 * @throws {InputError} for a line that is too long
 */
export async function* checkedUtf8(
  { path, chunks }: InputText,
  onIssue: (message: string, line: number) => void,
): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  let line = 1;
  let isValid = true;
  const check = function* (lines: Buffer): Generator<Buffer> {
    if (isValid && isUtf8(lines)) {
      line += lineFeedsIn(lines);
      yield lines;
      return;
    }
    for (let start = 0; start < lines.length; line += 1) {
      const lineFeed = lines.indexOf(LINE_FEED, start);
      const end = lineFeed === -1 ? lines.length : lineFeed + 1;
      if (!isUtf8(lines.subarray(start, end))) {
        onIssue('bytes that are not UTF-8; save the file as UTF-8', line);
        if (isValid && start > 0) yield lines.subarray(0, start);
        isValid = false;
      }
      start = end;
    }
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    rest = bytes.subarray(end);
    if (rest.length > LINE_BYTES_MAX) {
      throw new InputError(
        `${path}:${line}: a line of more than ${count(LINE_BYTES_MAX)} bytes; write one row a line`,
      );
    }
    if (end > 0) yield* check(bytes.subarray(0, end));
  }
  if (rest.length > 0) yield* check(rest);
}

function lineFeedsIn(bytes: Buffer): number {
  let lineFeeds = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lineFeeds += 1;
  return lineFeeds;
}

/** Cuts a stream of bytes into lines. */
import { InputError } from '../../../command-line/input-error.ts';
import { count } from '../../../command-line/text.ts';
import type { InputText } from '../../../command-line/files/input-text.ts';

const LINE_FEED = 0x0a;
/** Several times the longest line with an item of 400 KB, even if every character is escaped. */
const LINE_BYTES_MAX = 16_000_000;

export interface TextLine {
  /** Counted from 1. */
  readonly line: number;
  /** Without the line break. */
  readonly content: Buffer;
}

/** Yields the lines of each chunk together. @throws {InputError} for a line that is too long */
export async function* linesOf({ path, chunks }: InputText): AsyncGenerator<readonly TextLine[]> {
  let line = 1;
  /** The pieces of a line that has not ended. */
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const lines: TextLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const piece = chunk.subarray(start, end);
      lines.push({ line, content: pieces.length === 0 ? piece : Buffer.concat([...pieces, piece]) });
      [line, start, pieces, length] = [line + 1, end + 1, [], 0];
    }
    if (lines.length > 0) yield lines;
    if (start < chunk.length) pieces.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > LINE_BYTES_MAX) {
      throw new InputError(
        `${path}:${line}: a line of more than ${count(LINE_BYTES_MAX)} bytes; write one object a line`,
      );
    }
  }
  if (length > 0) yield [{ line, content: Buffer.concat(pieces) }];
}

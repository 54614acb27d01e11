/** Reads the lines of a file with one JSON object a line, and checks each. */
import { isUtf8 } from 'node:buffer';
import { InputError } from '../../../command-line/input-error.ts';
import { printable, shown } from '../../../command-line/text.ts';
import { isObject } from '../../emulator/json.ts';
import type { InputText } from '../../../command-line/files/input-text.ts';
import type { Reading } from './reading.ts';
import { linesOf } from './text-lines.ts';

/**
 * An {@link InputError} that `readLine` throws becomes an issue of its line.
 * @returns the number of lines that are not empty
 */
export async function readJsonLines(
  input: InputText,
  reading: Reading,
  readLine: (text: string, line: number) => void,
): Promise<number> {
  const file = reading.files.paths.indexOf(input.path);
  let lines = 0;
  let afterLast = 1;
  for await (const batch of linesOf(input)) {
    for (const { line, content } of batch) {
      const text = content.toString('utf8').trim();
      if (text === '') continue;
      // Empty lines are allowed only at the end of the file, because one between lines may be a lost line.
      for (let empty = afterLast; empty < line; empty += 1) {
        reading.issues.add({ file, line: empty }, 'an empty line; remove it');
      }
      afterLast = line + 1;
      lines += 1;
      try {
        if (!isUtf8(content)) throw new InputError('bytes that are not UTF-8; save the file as UTF-8');
        readLine(text, line);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        reading.issues.add({ file, line }, error.message);
      }
    }
  }
  return lines;
}

/** @param example how to write the line. @throws {InputError} */
export function parseObject(text: string, example: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // The engine counts lines within this one, which is confusing beside the line of the file.
    const reason = printable((cause as Error).message.replace(/ \(line \d+ column \d+\)$/, ''));
    throw new InputError(`the line is not JSON: ${reason}; write it as ${example}`, { cause });
  }
  if (isObject(value)) return value;
  throw new InputError(`the line is ${shown(text)}, which is no JSON object; write it as ${example}`);
}

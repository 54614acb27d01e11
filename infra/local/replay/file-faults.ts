/**
 * What is wrong with a file, line by line. No row is ever skipped silently: either the whole file is read, or
 * nothing is replayed and its first faults are named, each with the remedy.
 */

export interface FileFault {
  /** From 1, where the row starts: a quoted field may span several lines. */
  readonly line: number;
  /** What is wrong and what to do, in one line. */
  readonly message: string;
}

/** Enough to see a pattern, few enough to read. */
const FAULTS_SHOWN_MAX = 10;

/** The file cannot be replayed. Its message has one line per fault: `FILE:LINE: what is wrong; the remedy`. */
export class ReplayFileError extends Error {
  readonly code = 'replay-file';
  readonly retryable = false;
  readonly faults: readonly FileFault[];

  constructor(path: string, faults: readonly FileFault[]) {
    const sorted = faults.toSorted((a, b) => a.line - b.line);
    const named = sorted.slice(0, FAULTS_SHOWN_MAX).map(({ line, message }) => `${path}:${line}: ${message}`);
    const hidden = sorted.length - named.length;
    super([...named, ...(hidden > 0 ? [`… and ${hidden} more faults in ${path}`] : [])].join('\n'));
    this.name = 'ReplayFileError';
    this.faults = sorted;
  }
}

/** A text out of the file, cut and escaped so that it can stand in one line of a terminal. */
export function shown(text: string): string {
  const TEXT_SHOWN_MAX = 40;
  const cut = text.length > TEXT_SHOWN_MAX ? `${text.slice(0, TEXT_SHOWN_MAX)}…` : text;
  return `'${printable(cut)}'`;
}

/** Emoji are made with it, and it does no harm. */
const ZERO_WIDTH_JOINER = '\u200d';

/** Control and direction characters escaped: a value out of a file must not steer the terminal that shows it. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === ZERO_WIDTH_JOINER) return character;
    return `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`;
  });
}

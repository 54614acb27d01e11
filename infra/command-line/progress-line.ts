/**
 * Shows progress on stderr. On a terminal it overwrites one line; in a log it writes a new line every few
 * seconds.
 */

export interface ProgressLine {
  update(text: string): void;
  /** Clears the line, so that the next output starts at its beginning. */
  end(): void;
}

const TERMINAL_UPDATES_APART_MS = 100;
const LOG_LINES_APART_MS = 5_000;

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function progressLine(stream: ProgressStream = process.stderr): ProgressLine {
  const isTerminal = stream.isTTY === true;
  const apartMs = isTerminal ? TERMINAL_UPDATES_APART_MS : LOG_LINES_APART_MS;
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let isOpen = false;
  return {
    update(text) {
      if (performance.now() - shownAtMs < apartMs) return;
      shownAtMs = performance.now();
      isOpen = isTerminal;
      // \x1b[K clears the rest of the previous text, if it was longer.
      stream.write(isTerminal ? `\r${text.slice(0, (stream.columns ?? 80) - 1)}\x1b[K` : `${text}\n`);
    },
    end() {
      if (isOpen) stream.write('\r\x1b[K');
      isOpen = false;
    },
  };
}

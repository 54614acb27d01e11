/**
 * The user's input is invalid. The message says in one line what is wrong and what to do. The process then
 * exits with status 1.
 */
export class InputError extends Error {
  override readonly name: string = 'InputError';
  readonly code: string = 'input';
}

export interface FileIssue {
  readonly path: string;
  /** Line where the row starts, counted from 1. A quoted field may span several lines. */
  readonly line: number;
  /** What is wrong and what to do, in one line. */
  readonly message: string;
}

/** Enough to show a pattern, but not too many to read. */
export const ISSUES_SHOWN_MAX = 10;

/**
 * Rejects a file with bad rows as a whole, so that no row is skipped silently. The message lists the first
 * issues, one per line, as `FILE:LINE: what is wrong; what to do`.
 */
export class ReplayFileError extends InputError {
  override readonly name = 'ReplayFileError';
  override readonly code = 'replay-file';
  readonly issues: readonly FileIssue[];

  /**
   * @param issues the first ones, in the order of the files
   * @param count of all issues
   */
  constructor(issues: readonly FileIssue[], count: number) {
    const named = issues
      .slice(0, ISSUES_SHOWN_MAX)
      .map(({ path, line, message }) => `${path}:${line}: ${message}`);
    const more = count - named.length;
    super([...named, ...(more > 0 ? [`… and ${more} more issues`] : [])].join('\n'));
    this.issues = issues;
  }
}

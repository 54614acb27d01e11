/** Adds up the results of all checks for the last line of `npm test`. */

/** One check other than Jest, or Jest as a whole. */
export interface CheckOutcome {
  readonly name: string;
  readonly ok: boolean;
}

/** The part of Jest's `--json` report that the tally reads. */
export interface JestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export interface JestTally {
  readonly passed: number;
  readonly failed: number;
  /** `file: test`, in Jest's order. */
  readonly skipped: readonly string[];
  /** Failures outside any test: a file that does not load, a hook that throws, Jest itself. */
  readonly unattributed: readonly string[];
}

/**
 * Counts tests. A file that failed without a failing test counts as one failed test, and so does a report
 * that is missing or contradicts Jest's exit status. Otherwise a failed run could look like a pass.
 */
export function tallyJest(report: JestReport | undefined, exitStatus: number): JestTally {
  if (report === undefined) {
    return {
      passed: 0,
      failed: 1,
      skipped: [],
      unattributed: [`Jest ended with ${exitStatus} and left no report`],
    };
  }
  const tests = report.testResults.flatMap((file) =>
    file.assertionResults.map((test) => ({ ...test, file: file.name })),
  );
  const failedTests = tests.filter(({ status }) => status === 'failed').length;
  const unattributed = report.testResults
    .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.every(isNotFailed))
    .map(({ name }) => `${name} failed outside its tests`);
  if (exitStatus !== 0 && failedTests + unattributed.length === 0)
    unattributed.push(`Jest ended with ${exitStatus}`);
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: failedTests + unattributed.length,
    skipped: tests
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ file, fullName }) => `${file}: ${fullName}`),
    unattributed,
  };
}

const isNotFailed = ({ status }: { readonly status: string }): boolean => status !== 'failed';

export interface Verdict {
  /** `N passed, N failed, N skipped`. */
  readonly closingLine: string;
  readonly exitStatus: 0 | 1;
  /** Why the exit status is 1. Empty when the exit status is 0. */
  readonly reasons: readonly string[];
}

/** @param ci when true, a skipped test fails the run, because CI has everything that a test needs. */
export function verdictOf(checks: readonly CheckOutcome[], jest: JestTally, ci: boolean): Verdict {
  const failedChecks = checks.filter(({ ok }) => !ok);
  const failed = failedChecks.length + jest.failed;
  const passed = checks.length - failedChecks.length + jest.passed;
  const skipped = jest.skipped.length;
  const reasons = [...failedChecks.map(({ name }) => `${name} failed`), ...jest.unattributed];
  if (jest.failed > jest.unattributed.length)
    reasons.push(`${jest.failed - jest.unattributed.length} tests failed`);
  if (jest.passed + jest.failed === 0) reasons.push('no test ran');
  if (ci && skipped > 0) reasons.push(`${skipped} tests were skipped, which CI does not allow`);
  return {
    closingLine: `${passed} passed, ${failed} failed, ${skipped} skipped`,
    exitStatus: reasons.length === 0 ? 0 : 1,
    reasons,
  };
}

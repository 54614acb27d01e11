import { describe, expect, it } from '@jest/globals';
import { type JestReport, tallyJest, verdictOf } from '../support/check-tally.ts';

type TestStatus = 'passed' | 'failed' | 'pending' | 'todo';

function file(name: string, status: 'passed' | 'failed', tests: Readonly<Record<string, TestStatus>> = {}) {
  const assertionResults = Object.entries(tests).map(([fullName, test]) => ({ fullName, status: test }));
  return { name, status, assertionResults };
}
const reportOf = (...testResults: JestReport['testResults']): JestReport => ({ testResults });
const green = [
  { name: 'format', ok: true },
  { name: 'lint', ok: true },
];

describe('tallyJest', () => {
  it('counts each test by its own status', () => {
    const report = reportOf(
      file('a', 'failed', { adds: 'passed', subtracts: 'failed' }),
      file('b', 'passed', { multiplies: 'passed', divides: 'pending', powers: 'todo' }),
    );
    expect(tallyJest(report, 1)).toEqual({
      passed: 2,
      failed: 1,
      skipped: ['b: divides', 'b: powers'],
      unattributed: [],
    });
  });

  it('counts a file that does not load as one failure', () => {
    const tally = tallyJest(reportOf(file('a', 'failed'), file('b', 'passed', { adds: 'passed' })), 1);
    expect(tally).toMatchObject({ passed: 1, failed: 1, unattributed: ['a failed outside its tests'] });
  });

  it('counts a file whose hook fails after its tests passed as one failure', () => {
    expect(tallyJest(reportOf(file('a', 'failed', { adds: 'passed' })), 1)).toMatchObject({ failed: 1 });
  });

  it('counts one failure when Jest fails without a reason in its report', () => {
    expect(tallyJest(reportOf(file('a', 'passed', { adds: 'passed' })), 1)).toMatchObject({ failed: 1 });
    expect(tallyJest(undefined, 0)).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe('verdictOf', () => {
  const jestOf = (testResults: JestReport['testResults']) => tallyJest({ testResults }, 0);
  const jest = jestOf([file('a', 'passed', { adds: 'passed' })]);

  it('counts each check as one test', () => {
    expect(verdictOf(green, jest, true)).toEqual({
      closingLine: '3 passed, 0 failed, 0 skipped',
      exitStatus: 0,
      reasons: [],
    });
    const verdict = verdictOf([...green, { name: 'types', ok: false }], jest, false);
    expect(verdict).toEqual({
      closingLine: '3 passed, 1 failed, 0 skipped',
      exitStatus: 1,
      reasons: ['types failed'],
    });
  });

  it('fails when no test ran, even if every check passed', () => {
    expect(verdictOf(green, jestOf([]), false)).toMatchObject({ exitStatus: 1, reasons: ['no test ran'] });
    const onlySkipped = jestOf([file('a', 'passed', { adds: 'pending' })]);
    expect(verdictOf(green, onlySkipped, false).reasons).toEqual(['no test ran']);
  });

  it('fails because of a skipped test only in CI', () => {
    const skipping = jestOf([file('a', 'passed', { adds: 'passed', divides: 'pending' })]);
    expect(verdictOf(green, skipping, false)).toMatchObject({
      closingLine: '3 passed, 0 failed, 1 skipped',
      exitStatus: 0,
    });
    expect(verdictOf(green, skipping, true).exitStatus).toBe(1);
  });
});

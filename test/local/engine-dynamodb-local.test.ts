import { execFileSync } from 'node:child_process';
import { describe, it } from '@jest/globals';
import { itKeepsTheEngineContract } from './engine-contract.ts';

/**
 * The missing one of Java 17 and Maven. In CI the tests always run, and fail with the engine's own message.
 */
function findMissing(): string | undefined {
  if (process.env['CI'] === 'true') return undefined;
  const missing = ['java', 'mvn'].filter((command) => {
    try {
      execFileSync(command, ['-version'], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  return missing.length === 0 ? undefined : missing.join(' and ');
}

describe('DynamoDB Local', () => {
  const missing = findMissing();
  if (missing === undefined) {
    itKeepsTheEngineContract('dynamodb-local');
  } else {
    console.warn(`SKIPPED: the tests of DynamoDB Local need Java 17 and Maven; missing here: ${missing}`);
    // oxlint-disable-next-line jest/no-disabled-tests, jest/expect-expect -- said aloud above, and never in
    // CI
    it.skip(`keeps the engine contract (needs Java 17 and Maven; missing: ${missing})`, () => undefined);
  }
});

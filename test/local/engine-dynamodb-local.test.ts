import { describe, it } from '@jest/globals';
import { itKeepsTheEngineContract } from './engine-contract.ts';
import { findMissing } from './missing-for-dynamodb-local.ts';

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

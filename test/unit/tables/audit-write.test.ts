import { describe, expect, it } from '@jest/globals';
import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { writeTransaction } from '../../../src/tables/audit-write.ts';

const USER_ID = 'user-4711';
const write = (answer: () => unknown) => {
  const client = { send: async () => answer() } as unknown as DynamoDBClient;
  return writeTransaction(client, { tableName: 'counts', actions: [] });
};
const throwing = (thrown: unknown) => () => {
  throw thrown;
};
const named = (name: string) => Object.assign(new Error(`${name} of ${USER_ID}`), { name });
const cancelled = (...codes: readonly string[]) =>
  new TransactionCanceledException({
    message: `cancelled for ${USER_ID}`,
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

describe('a transaction of the audit', () => {
  it('that committed tells its write units, of all tables', async () => {
    const ConsumedCapacity = [{ CapacityUnits: 2.5 }, { CapacityUnits: 4 }, {}];
    expect(await write(() => ({ ConsumedCapacity }))).toEqual({ kind: 'committed', writeUnits: 6.5 });
    expect(await write(() => ({}))).toEqual({ kind: 'committed', writeUnits: 0 });
  });

  it.each([
    'ConditionalCheckFailed',
    'TransactionConflict',
    'ThrottlingError',
    'ProvisionedThroughputExceeded',
  ])('that was cancelled by %s is worth another reading', async (code) => {
    expect(await write(throwing(cancelled('None', code)))).toEqual({ kind: 'overtaken' });
  });

  it('that was cancelled for no reason that is told is worth one too', async () => {
    expect(await write(throwing(cancelled()))).toEqual({ kind: 'overtaken' });
    const bare = new TransactionCanceledException({ message: 'cancelled', $metadata: {} });
    expect(await write(throwing(bare))).toEqual({ kind: 'overtaken' });
  });

  it.each(['ValidationError', 'ItemCollectionSizeLimitExceeded'])('is refused for %s', async (code) => {
    expect(await write(throwing(cancelled('ConditionalCheckFailed', code)))).toEqual({ kind: 'refused' });
  });

  it.each([
    ['ValidationException', 'refused'],
    ['TransactionInProgressException', 'unknown'],
    ['InternalServerError', 'unknown'],
    ['TimeoutError', 'unknown'],
  ])('with %s is %s', async (name, kind) => {
    expect(await write(throwing(named(name)))).toEqual({ kind });
  });

  it.each(['AccessDeniedException', 'ResourceNotFoundException'])(
    'with %s fails the step, without what the error carries along',
    async (name) => {
      const failure = await write(throwing(named(name))).catch((error: unknown) => error as Error);
      expect(failure).toMatchObject({ name: 'AuditWriteError', code: 'audit-write', retryable: false });
      expect((failure as Error).message).toContain(`counts was denied: ${name}`);
      expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain(USER_ID);
    },
  );
});

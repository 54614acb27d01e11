/**
 * I4: the audit decides by consistent reads, and corrects a restaurant in one transaction. The local
 * engines cannot test this, because all their reads are consistent.
 */
import { describe, expect, it } from '@jest/globals';
import {
  type DynamoDBClient,
  type GetItemCommand,
  type QueryCommand,
  type ScanCommand,
  TransactionCanceledException,
  type TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import type { TimeWindow } from '../../../src/counting/time-window.ts';
import type { Revision, RowCorrection } from '../../../src/counting/drift.ts';
import { createAuditStore } from '../../../src/reconcile/audit/store.ts';
import { correctionActions } from '../../../src/tables/aggregated-favourites-audit.ts';

const OSTERIA = 'osteria' as RestaurantId;

function storeOf(answer: () => unknown = () => ({})) {
  const sent: (GetItemCommand | QueryCommand | ScanCommand | TransactWriteItemsCommand)['input'][] = [];
  const client = {
    send: async ({ input }: { readonly input: (typeof sent)[number] }) => {
      sent.push(input);
      return answer();
    },
  } as unknown as DynamoDBClient;
  const store = createAuditStore(client, {
    countedFavouritesTable: 'registers',
    aggregatedFavouritesTable: 'counts',
  });
  return { store, sent };
}

describe('a read of the audit', () => {
  it.each([true, false])('of one restaurant is consistent only if requested: %s', async (consistent) => {
    const { store, sent } = storeOf();
    await store.queryCountRows(OSTERIA, { consistent });
    await store.queryRegisters(OSTERIA, { consistent });
    expect(sent).toMatchObject([
      { TableName: 'counts', ConsistentRead: consistent },
      { TableName: 'registers', ConsistentRead: consistent },
    ]);
  });

  it('of the guard is always consistent', async () => {
    const { store, sent } = storeOf();
    await store.readGuard(OSTERIA);
    expect(sent).toMatchObject([{ TableName: 'counts', ConsistentRead: true }]);
  });

  it('by scan is eventually consistent, because it only finds suspects and costs half', async () => {
    const { store, sent } = storeOf();
    await store.scanCountRows({ segment: 0, totalSegments: 1 });
    await store.scanRegisters({ segment: 0, totalSegments: 1 });
    expect(sent.map((input) => 'ConsistentRead' in input && input.ConsistentRead === true)).toEqual([
      false,
      false,
    ]);
  });
});

describe('a correction', () => {
  it('of several rows uses one transaction, which also checks the guard', async () => {
    const { store, sent } = storeOf();
    const rowOf = (window: string): RowCorrection => ({
      window: window as TimeWindow,
      was: '3' as Revision,
      count: 1,
      rankingKey: `${window}#0`,
      expiresAt: undefined,
    });
    const correction = {
      restaurantId: OSTERIA,
      guard: '7' as Revision,
      rows: [rowOf('AUG_2022'), rowOf('20220801')],
    };
    await store.correct(correction, { nowMs: 0 });
    expect(sent).toMatchObject([
      { TransactItems: correctionActions(correction, { tableName: 'counts', nowMs: 0 }) },
    ]);
  });
});

describe('a transaction of the audit', () => {
  const USER_ID = 'user-4711';
  const write = (answer: () => unknown) => storeOf(answer).store.release(OSTERIA, { untilMs: 0 });
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

  it('that committed returns the write units of all tables', async () => {
    const ConsumedCapacity = [{ CapacityUnits: 2.5 }, { CapacityUnits: 4 }, {}];
    expect(await write(() => ({ ConsumedCapacity }))).toEqual({ kind: 'committed', writeUnits: 6.5 });
    expect(await write(() => ({}))).toEqual({ kind: 'committed', writeUnits: 0 });
  });

  it.each([
    'ConditionalCheckFailed',
    'TransactionConflict',
    'ThrottlingError',
    'ProvisionedThroughputExceeded',
  ])('that was cancelled by %s makes the audit read again', async (code) => {
    expect(await write(throwing(cancelled('None', code)))).toEqual({ kind: 'overtaken' });
  });

  it('that was cancelled without a reason makes the audit read again', async () => {
    expect(await write(throwing(cancelled()))).toEqual({ kind: 'overtaken' });
    const bare = new TransactionCanceledException({ message: 'cancelled', $metadata: {} });
    expect(await write(throwing(bare))).toEqual({ kind: 'overtaken' });
  });

  it.each(['ValidationError', 'ItemCollectionSizeLimitExceeded'])('is rejected for %s', async (code) => {
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
    'that fails with %s fails the step, without any data of the error',
    async (name) => {
      const failure = await write(throwing(named(name))).catch((error: unknown) => error as Error);
      expect(failure).toMatchObject({ name: 'TableWriteError', code: 'table-write', retryable: false });
      expect((failure as Error).message).toContain(`TransactWriteItems in table counts failed: ${name}`);
      expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain(USER_ID);
    },
  );
});

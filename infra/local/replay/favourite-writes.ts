/** Writes to Favourites as an application does. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { RunTables } from '../local-run.ts';
import { type ReplayWrite, writeAction } from './replay-write.ts';

/** Maximum of one TransactWriteItems (DynamoDB quotas). */
export const TRANSACTION_ACTIONS_MAX = 100;
/** About 20 s with the delays below. If the engine rejects writes for longer, retries do not help. */
const ATTEMPTS_MAX = 12;
const RETRY_DELAY_FIRST_MS = 20;
const RETRY_DELAY_MAX_MS = 3_000;

/** The part of a local run that a writer needs. */
export interface FavouritesWriter {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly tables: Pick<RunTables, 'favourites'>;
}

/**
 * Writes different rows in one transaction, because a local engine flushes its disk once per transaction, but
 * once per item of a BatchWriteItem. A mark of a row that exists changes nothing.
 * @param writes at most 100
 * @returns the writes without the marks of rows that already existed
 */
export async function writeTransaction<Write extends ReplayWrite>(
  { dynamoDb, tables: { favourites: table } }: FavouritesWriter,
  writes: readonly Write[],
): Promise<readonly Write[]> {
  let rest = writes;
  for (let failures = 0; rest.length > 0; ) {
    const TransactItems = rest.map((write) => writeAction(write, table));
    try {
      await dynamoDb.send(new TransactWriteItemsCommand({ TransactItems }));
      return rest;
    } catch (cause) {
      // The SDK retries all other errors, also when the whole request is throttled.
      if (!(cause instanceof TransactionCanceledException)) throw cause;
      const { CancellationReasons: reasons = [] } = cause;
      const refused = reasons.find(({ Code }) => Code === 'ValidationError');
      if (refused !== undefined)
        throw new Error(`DynamoDB refused a write to ${table}: ${refused.Message}`, { cause });
      const others = rest.filter((_, index) => reasons[index]?.Code !== 'ConditionalCheckFailed');
      if (others.length === rest.length) {
        failures += 1;
        if (failures === ATTEMPTS_MAX) throw tooManyFailures(table, cause);
        await delay(Math.min(RETRY_DELAY_MAX_MS, RETRY_DELAY_FIRST_MS * 2 ** failures));
      }
      rest = others;
    }
  }
  return rest;
}

function tooManyFailures(table: string, cause: unknown): Error {
  const remedy = 'give the table more write capacity or write fewer events a second';
  return new Error(`DynamoDB cancelled a write to ${table} ${ATTEMPTS_MAX} times in a row; ${remedy}.`, {
    cause,
  });
}

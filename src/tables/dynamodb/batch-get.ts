/** Reads many items by key: 100 keys a request, a few requests at once; unprocessed keys are retried. */
import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { atMost } from './at-most.ts';
import { orReadError, TableReadError } from './errors.ts';
import { encodeKey, type Item, projectionOf, type RowsOfTable } from './scan.ts';

export interface BatchGet {
  /** A key may occur more than once. Undefined for a key that no row can have; it is not requested. */
  readonly keys: readonly (Item | undefined)[];
  readonly consistent: boolean;
  /** Aborts the requests. */
  readonly signal?: AbortSignal | undefined;
  /** Attempts in a row that may return no item before the read fails. */
  readonly fruitlessAttemptsMax?: number;
}

/** For the pauses between attempts. */
export interface Pauses {
  sleep(ms: number): Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Items in one BatchGetItem (DynamoDB API reference). */
const KEYS_MAX = 100;
/** Requests at once: while one answer is parsed, the next ones are already on their way. */
const REQUESTS_MAX = 4;
/**
 * Attempts in a row that return no item, unless the caller gives another number. After about ten seconds of
 * throttling the read fails, and a reconcile step is called again.
 */
const FRUITLESS_ATTEMPTS_MAX = 8;
const PAUSE_FIRST_MS = 50;
const PAUSE_MAX_MS = 3_000;

/** In the order of the keys; undefined where there is no row. @throws {TableReadError} */
export async function batchGet<T>(
  client: DynamoDBClient,
  rows: RowsOfTable<T>,
  { keys, consistent, signal, fruitlessAttemptsMax = FRUITLESS_ATTEMPTS_MAX }: BatchGet,
  pauses: Pauses,
): Promise<{ readonly items: readonly (T | undefined)[]; readonly readUnits: number }> {
  const ids = keys.map((key) => key && encodeKey(key, rows.keyNames));
  // DynamoDB rejects a request that has a key twice.
  const distinct = new Map(keys.map((key, at) => [ids[at], key]));
  const wanted = [...distinct.values()].filter((key) => key !== undefined);
  const found = new Map<string, T>();
  let readUnits = 0;
  const inTurn = atMost(REQUESTS_MAX);
  const requests: Promise<void>[] = [];
  for (let from = 0; from < wanted.length; from += KEYS_MAX) {
    requests.push(inTurn(() => getAll(wanted.slice(from, from + KEYS_MAX))));
  }
  await Promise.all(requests);
  return {
    items: ids.map((id) => (id === undefined ? undefined : found.get(id))),
    readUnits,
  };

  async function getAll(some: readonly Item[]): Promise<void> {
    let left = some;
    for (let fruitless = 0; ; ) {
      const unprocessed = await getSome(left);
      if (unprocessed.length === 0) return;
      fruitless = unprocessed.length < left.length ? 0 : fruitless + 1;
      left = unprocessed;
      if (fruitless >= fruitlessAttemptsMax) {
        const thrown = Object.assign(new Error(), { name: 'UnprocessedKeys' });
        throw new TableReadError('BatchGetItem', { tableName: rows.tableName, thrown });
      }
      await pauses.sleep(pauses.random() * Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** fruitless));
    }
  }

  async function getSome(some: readonly Item[]): Promise<readonly Item[]> {
    const { tableName, keyNames, attributes, read } = rows;
    const Keys = some as Record<string, AttributeValue>[];
    const request = { Keys, ConsistentRead: consistent, ...projectionOf(attributes) };
    const command = new BatchGetItemCommand({
      RequestItems: { [tableName]: request },
      ReturnConsumedCapacity: 'TOTAL',
    });
    const output = await orReadError('BatchGetItem', tableName, () =>
      client.send(command, signal && { abortSignal: signal }),
    );
    for (const item of output.Responses?.[tableName] ?? []) found.set(encodeKey(item, keyNames), read(item));
    for (const { CapacityUnits = 0 } of output.ConsumedCapacity ?? []) readUnits += CapacityUnits;
    return output.UnprocessedKeys?.[tableName]?.Keys ?? [];
  }
}

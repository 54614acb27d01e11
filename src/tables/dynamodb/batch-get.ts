/** Many items by key: cut into requests of 100, a few under way at once, and what DynamoDB left out asked for again. */
import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Item } from './scan.ts';
import { TableReadError } from './table-read-error.ts';

export interface BatchGet {
  readonly tableName: string;
  readonly keys: readonly Item[];
  readonly consistent: boolean;
  readonly attributes: readonly string[];
}

/** What the outside gives for the pauses between attempts. */
export interface Pauses {
  sleep(ms: number): Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Items in one BatchGetItem (DynamoDB API reference). */
const KEYS_MAX = 100;
/** Requests under way at once: the next one travels while the last one is read. */
const REQUESTS_MAX = 4;
/** Attempts in a row that bring no item: about ten seconds of throttling, then the step is called again. */
const FRUITLESS_ATTEMPTS_MAX = 8;
const PAUSE_FIRST_MS = 50;
const PAUSE_MAX_MS = 3_000;

/** The items that exist, in any order. @throws {TableReadError} */
export async function batchGet(
  client: DynamoDBClient,
  { keys, ...request }: BatchGet,
  pauses: Pauses,
): Promise<{ readonly items: readonly Item[]; readonly readUnits: number }> {
  const names = request.attributes.map((name, index) => [`#a${index}`, name] as const);
  const items: Item[] = [];
  let readUnits = 0;
  let from = 0;

  async function lane(): Promise<void> {
    while (from < keys.length) {
      const some = keys.slice(from, from + KEYS_MAX);
      from += KEYS_MAX;
      await getAll(some);
    }
  }

  async function getAll(some: readonly Item[]): Promise<void> {
    let left: readonly Item[] = some;
    let fruitless = 0;
    while (left.length > 0) {
      const unprocessed = await getSome(left);
      fruitless = unprocessed.length < left.length ? 0 : fruitless + 1;
      left = unprocessed;
      if (left.length === 0) return;
      if (fruitless >= FRUITLESS_ATTEMPTS_MAX) {
        throw new TableReadError('BatchGetItem', {
          tableName: request.tableName,
          thrown: Object.assign(new Error(), { name: 'UnprocessedKeys' }),
        });
      }
      await pauses.sleep(pauses.random() * Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** fruitless));
    }
  }

  async function getSome(some: readonly Item[]): Promise<readonly Item[]> {
    try {
      const output = await client.send(
        new BatchGetItemCommand({
          RequestItems: {
            [request.tableName]: {
              Keys: some as Record<string, AttributeValue>[],
              ConsistentRead: request.consistent,
              ProjectionExpression: names.map(([placeholder]) => placeholder).join(', '),
              ExpressionAttributeNames: Object.fromEntries(names),
            },
          },
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      items.push(...(output.Responses?.[request.tableName] ?? []));
      for (const { CapacityUnits = 0 } of output.ConsumedCapacity ?? []) readUnits += CapacityUnits;
      return output.UnprocessedKeys?.[request.tableName]?.Keys ?? [];
    } catch (thrown) {
      throw new TableReadError('BatchGetItem', { tableName: request.tableName, thrown });
    }
  }

  await Promise.all(Array.from({ length: REQUESTS_MAX }, lane));
  return { items, readUnits };
}

/** Many items by key: requests of 100 keys, a few at once, and again for the keys that DynamoDB left out. */
import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { atMost } from './at-most.ts';
import { orReadError, TableReadError } from './errors.ts';
import { type Item, projectionOf } from './scan.ts';

export interface BatchGet {
  readonly tableName: string;
  readonly keys: readonly Item[];
  readonly consistent: boolean;
  readonly attributes: readonly string[];
}

/** For the pauses between attempts. */
export interface Pauses {
  sleep(ms: number): Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Items in one BatchGetItem (DynamoDB API reference). */
const KEYS_MAX = 100;
/** Requests at once: the next one travels while the last one is read. */
const REQUESTS_MAX = 4;
/** Attempts in a row without an item: about ten seconds of throttling, then the step is called again. */
const FRUITLESS_ATTEMPTS_MAX = 8;
const PAUSE_FIRST_MS = 50;
const PAUSE_MAX_MS = 3_000;

/** The items that exist, in any order. @throws {TableReadError} */
export async function batchGet(
  client: DynamoDBClient,
  batch: BatchGet,
  pauses: Pauses,
): Promise<{ readonly items: readonly Item[]; readonly readUnits: number }> {
  const requests: (readonly Item[])[] = [];
  for (let from = 0; from < batch.keys.length; from += KEYS_MAX) {
    requests.push(batch.keys.slice(from, from + KEYS_MAX));
  }
  const inTurn = atMost(REQUESTS_MAX);
  const answers = await Promise.all(
    requests.map((keys) => inTurn(() => getAll(client, { ...batch, keys }, pauses))),
  );
  return {
    items: answers.flatMap(({ items }) => items),
    readUnits: answers.reduce((sum, { readUnits }) => sum + readUnits, 0),
  };
}

async function getAll(client: DynamoDBClient, { tableName, keys, ...batch }: BatchGet, pauses: Pauses) {
  const request = { ConsistentRead: batch.consistent, ...projectionOf(batch.attributes) };
  const items: Item[] = [];
  let readUnits = 0;
  let left = keys;
  for (let fruitless = 0; ; ) {
    const command = new BatchGetItemCommand({
      RequestItems: { [tableName]: { ...request, Keys: left as Record<string, AttributeValue>[] } },
      ReturnConsumedCapacity: 'TOTAL',
    });
    const output = await orReadError('BatchGetItem', tableName, () => client.send(command));
    items.push(...(output.Responses?.[tableName] ?? []));
    for (const { CapacityUnits = 0 } of output.ConsumedCapacity ?? []) readUnits += CapacityUnits;
    const unprocessed = output.UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (unprocessed.length === 0) return { items, readUnits };
    fruitless = unprocessed.length < left.length ? 0 : fruitless + 1;
    left = unprocessed;
    if (fruitless >= FRUITLESS_ATTEMPTS_MAX) {
      const thrown = Object.assign(new Error(), { name: 'UnprocessedKeys' });
      throw new TableReadError('BatchGetItem', { tableName, thrown });
    }
    await pauses.sleep(pauses.random() * Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** fruitless));
  }
}

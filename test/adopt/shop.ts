/**
 * The shop of docs/adopt.md before it adopts: a single-table design with favourites among other items, and a
 * counter of its own, which is wrong for a few restaurants.
 */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;

export interface Favourite {
  readonly user: string;
  readonly restaurant: string;
  readonly createdAt: string;
}

export interface Shop {
  readonly favourites: Favourite[];
  /** By how much the counter of a restaurant is wrong. */
  readonly errors: ReadonlyMap<string, number>;
  /** How many favourites were marked after the shop was written. */
  marked: number;
}

const TABLE = 'Shop';
const RESTAURANTS = 300;

/** @param size how many favourites */
export function makeShop(size: number): Shop {
  const users = Math.ceil(size / 4);
  const favourites = Array.from({ length: size }, (_, at): Favourite => {
    // Each user has four favourites; a few restaurants have most of them.
    const [user, pick] = [at % users, Math.floor(at / users)];
    const popular = Math.floor((RESTAURANTS * ((user * 7919) % users) ** 2) / users ** 2);
    const restaurant = (popular + pick * 17) % RESTAURANTS;
    const createdAt = new Date(Date.UTC(2025, 0, 1) + at * Math.floor(30_000_000_000 / size)).toISOString();
    return { user: `u${user}`, restaurant: `r${restaurant}`, createdAt };
  });
  return {
    favourites,
    errors: new Map([
      ['r0', 3],
      ['r17', -2],
      ['r120', 40],
    ]),
    marked: 0,
  };
}

export async function writeShop(client: DynamoDBClient, shop: Shop): Promise<void> {
  const counts = countsOf(shop.favourites);
  const users = new Set(shop.favourites.map(({ user }) => user));
  const items: Item[] = [
    ...shop.favourites.map(itemOf),
    ...[...users].map((user) => item(`USER#${user}`, 'PROFILE', { name: { S: `Name of ${user}` } })),
    ...[...users].map((user) => item(`USER#${user}`, 'ORDER#1', { total: { N: '12.5' } })),
    ...Array.from({ length: RESTAURANTS }, (_, at) => `r${at}`).map((restaurant) => {
      const likeCount = (counts.get(restaurant) ?? 0) + (shop.errors.get(restaurant) ?? 0);
      return item(`REST#${restaurant}`, 'META', { likeCount: { N: String(likeCount) } });
    }),
  ];
  for (let from = 0; from < items.length; from += BATCHES_AT_ONCE * BATCH_ITEMS_MAX) {
    const batches = Array.from({ length: BATCHES_AT_ONCE }, (_, at) => {
      const start = from + at * BATCH_ITEMS_MAX;
      return items.slice(start, start + BATCH_ITEMS_MAX).map((Item) => ({ PutRequest: { Item } }));
    });
    await Promise.all(
      batches
        .filter((puts) => puts.length > 0)
        .map((puts) => client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: puts } }))),
    );
  }
}

/** Items in one BatchWriteItem (DynamoDB quotas). */
const BATCH_ITEMS_MAX = 25;
const BATCHES_AT_ONCE = 8;

/** The number of favourites of each restaurant. */
export function countsOf(favourites: readonly Favourite[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { restaurant } of favourites) counts.set(restaurant, (counts.get(restaurant) ?? 0) + 1);
  return counts;
}

/** The application goes on as before: it marks a new favourite and un-marks an old one. */
export async function useShop(client: DynamoDBClient, shop: Shop, times: number): Promise<void> {
  for (let at = 0; at < times; at += 1) {
    const old = shop.favourites.splice((at * 37) % shop.favourites.length, 1)[0];
    shop.marked += 1;
    const user = `new-${shop.marked}`;
    const marked = { user, restaurant: `r${at % RESTAURANTS}`, createdAt: new Date().toISOString() };
    shop.favourites.push(marked);
    await client.send(new PutItemCommand({ TableName: TABLE, Item: itemOf(marked) }));
    await addToCounter(client, marked.restaurant, 1);
    if (old === undefined) continue;
    await addToCounter(client, old.restaurant, -1);
    const { PK: pk, SK: sk } = itemOf(old) as { PK: AttributeValue; SK: AttributeValue };
    await client.send(new DeleteItemCommand({ TableName: TABLE, Key: { PK: pk, SK: sk } }));
  }
}

async function addToCounter(client: DynamoDBClient, restaurant: string, change: number): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: TABLE,
      Key: item(`REST#${restaurant}`, 'META', {}),
      UpdateExpression: 'ADD likeCount :change',
      ExpressionAttributeValues: { ':change': { N: String(change) } },
    }),
  );
}

function itemOf({ user, restaurant, createdAt }: Favourite): Item {
  return item(`USER#${user}`, `FAV#${restaurant}`, { createdAt: { S: createdAt } });
}

function item(pk: string, sk: string, more: Item): Item {
  return { PK: { S: pk }, SK: { S: sk }, ...more };
}

/** The app of the shop before it adopts: only the table, still without a stream. */
export const appBefore = `
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';

const stack = new Stack(new App(), 'Shop');
new Table(stack, 'Table', {
  tableName: 'Shop',
  partitionKey: { name: 'PK', type: AttributeType.STRING },
  sortKey: { name: 'SK', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
});
`;

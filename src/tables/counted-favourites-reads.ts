/** CountedFavourites as it stands, damage included. */
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { FavouriteKey, RestaurantId, UserId } from '../counting/favourite-event.ts';
import type { StoredRegister, StoredText } from '../counting/stored-register.ts';
import { batchGet, type Pauses } from './dynamodb/batch-get.ts';
import { type Item, scanPage, type ScannedPage, type ScanPosition } from './dynamodb/scan.ts';
import { countedFavouritesTable as schema } from './schema.ts';

export interface KeyedRegister {
  readonly key: FavouriteKey;
  readonly register: StoredRegister;
}

const keyNames = [schema.partitionKey, schema.sortKey];
const attributes = [...keyNames, schema.streamPosition, schema.createdAt, schema.expiresAt];

export async function scanRegisters(
  client: DynamoDBClient,
  { tableName, rowsMax }: { readonly tableName: string; readonly rowsMax: number },
  position: ScanPosition,
): Promise<ScannedPage<KeyedRegister>> {
  const page = await scanPage(client, { tableName, rowsMax, keyNames }, position);
  return { ...page, items: page.items.map((item) => ({ key: keyOf(item), register: registerOf(item) })) };
}

/** In the order of the keys; undefined where no register is. */
export async function getRegisters(
  client: DynamoDBClient,
  {
    tableName,
    keys,
    consistent,
  }: { readonly tableName: string; readonly keys: readonly FavouriteKey[]; readonly consistent: boolean },
  pauses: Pauses,
): Promise<{ readonly items: readonly (StoredRegister | undefined)[]; readonly readUnits: number }> {
  const wanted = keys.map(({ restaurantId, userId }) => ({
    [schema.partitionKey]: { S: restaurantId },
    [schema.sortKey]: { S: userId },
  }));
  const { items, readUnits } = await batchGet(
    client,
    { tableName, keys: wanted, consistent, attributes },
    pauses,
  );
  const registers = new Map(items.map((item) => [idOf(keyOf(item)), registerOf(item)]));
  return { items: keys.map((key) => registers.get(idOf(key))), readUnits };
}

function keyOf(item: Item): FavouriteKey {
  return {
    restaurantId: (item[schema.partitionKey]?.S ?? '') as RestaurantId,
    userId: (item[schema.sortKey]?.S ?? '') as UserId,
  };
}

function registerOf(item: Item): StoredRegister {
  return {
    position: textOf(item[schema.streamPosition]),
    createdAt: textOf(item[schema.createdAt]),
    expires: item[schema.expiresAt] !== undefined,
  };
}

function textOf(value: AttributeValue | undefined): StoredText {
  return value === undefined ? undefined : (value.S ?? null);
}

/** Unambiguous also for ids that damage invented, with a # in them. */
function idOf({ restaurantId, userId }: FavouriteKey): string {
  return `${restaurantId.length}#${restaurantId}${userId}`;
}

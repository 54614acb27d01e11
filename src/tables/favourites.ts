/** Favourites, the source of truth. Nothing here writes it. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { favouriteId } from '../commit/plan.ts';
import {
  type FavouriteKey,
  type FavouriteRow,
  parseFavouriteKey,
  parseFavouriteRow,
} from '../counting/favourite-event.ts';
import { batchGet, type Pauses } from './dynamodb/batch-get.ts';
import { scanPage, type ScannedPage, type ScanPosition } from './dynamodb/scan.ts';
import { favouritesTable as schema } from './schema.ts';

/** What a row is parsed from; an application may keep more in it. */
const attributes = [schema.partitionKey, schema.restaurantId, schema.userId, schema.createdAt];

export async function scanFavourites(
  client: DynamoDBClient,
  { tableName, rowsMax }: { readonly tableName: string; readonly rowsMax: number },
  position: ScanPosition,
): Promise<ScannedPage<FavouriteRow>> {
  const table = { tableName, rowsMax, attributes, keyNames: [schema.partitionKey] };
  const page = await scanPage(client, table, position);
  return { ...page, items: page.items.map((item) => parseFavouriteRow(item, schema)) };
}

/** In the order of the keys; undefined where no row is, or none could be. */
export async function getFavourites(
  client: DynamoDBClient,
  {
    tableName,
    keys,
    consistent,
  }: { readonly tableName: string; readonly keys: readonly FavouriteKey[]; readonly consistent: boolean },
  pauses: Pauses,
): Promise<{ readonly items: readonly (FavouriteRow | undefined)[]; readonly readUnits: number }> {
  const texts = keys.map(keyText);
  const wanted = texts
    .filter((text) => text !== undefined)
    .map((text) => ({ [schema.partitionKey]: { S: text } }));
  const { items, readUnits } = await batchGet(
    client,
    { tableName, keys: wanted, consistent, attributes },
    pauses,
  );
  const rows = new Map(
    items.map((item) => [item[schema.partitionKey]?.S, parseFavouriteRow(item, schema)] as const),
  );
  return { items: texts.map((text) => (text === undefined ? undefined : rows.get(text))), readUnits };
}

/** Undefined for ids that no row of Favourites can have: only damage invents such a register. */
function keyText(key: FavouriteKey): string | undefined {
  const text = favouriteId(key);
  return 'reason' in parseFavouriteKey(text) ? undefined : text;
}

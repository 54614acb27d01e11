/**
 * The reads of Favourites and CountedFavourites by heal, as a port. Its test version serves stale and torn
 * reads.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StoredRegister } from '../../counting/counted-favourite.ts';
import type { FavouriteRow, Mapping } from '../../counting/mapping.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import { type KeyedRegister, keyedRegisters, registerKeyOf } from '../../tables/counted-favourites.ts';
import { batchGet, type Pauses } from '../../tables/dynamodb/batch-get.ts';
import { type ScannedPage, scanPage, type ScanPosition } from '../../tables/dynamodb/scan.ts';
import { favouriteRows } from '../../tables/favourites.ts';

export interface HealReads {
  /** Eventually consistent, like every scan here. */
  scanFavourites(position: ScanPosition): Promise<ScannedPage<FavouriteRow>>;
  scanRegisters(position: ScanPosition): Promise<ScannedPage<KeyedRegister>>;
  /**
   * The rows that the registers belong to, in their order; undefined where there is no row. A row may name
   * another register. The items may be read at different moments.
   */
  readFavourites(keys: readonly RegisterKey[], how: Consistency): Promise<ItemsRead<FavouriteRow>>;
  readRegisters(keys: readonly RegisterKey[], how: Consistency): Promise<ItemsRead<StoredRegister>>;
}

export interface Consistency {
  readonly consistent: boolean;
}

export interface ItemsRead<T> {
  readonly items: readonly (T | undefined)[];
  readonly readUnits: number;
}

export function createHealReads(
  client: DynamoDBClient,
  {
    mapping,
    ...tables
  }: { readonly favouritesTable: string; readonly countedFavouritesTable: string; readonly mapping: Mapping },
  pauses: Pauses,
): HealReads {
  const favourites = { tableName: tables.favouritesTable, ...favouriteRows(mapping) };
  const registers = { tableName: tables.countedFavouritesTable, ...keyedRegisters };
  return {
    scanFavourites: (position) => scanPage(client, favourites, position),
    scanRegisters: (position) => scanPage(client, registers, position),
    readFavourites: (keys, { consistent }) =>
      batchGet(client, favourites, { keys: keys.map(mapping.primaryKeyOf), consistent }, pauses),
    readRegisters: async (keys, { consistent }) => {
      const batch = { keys: keys.map(registerKeyOf), consistent };
      const { items, readUnits } = await batchGet(client, registers, batch, pauses);
      return { items: items.map((item) => item?.register), readUnits };
    },
  };
}

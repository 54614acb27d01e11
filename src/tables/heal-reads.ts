/** What heal reads of Favourites and CountedFavourites; a port, so that a test can serve it stale and torn. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { FavouriteKey, FavouriteRow } from '../counting/favourite-event.ts';
import type { StoredRegister } from '../counting/stored-register.ts';
import type { Pauses } from './dynamodb/batch-get.ts';
import { getRegisters, type KeyedRegister, scanRegisters } from './counted-favourites-reads.ts';
import { getFavourites, scanFavourites } from './favourites.ts';
import type { ScannedPage, ScanPosition } from './dynamodb/scan.ts';

export interface HealReads {
  /** Eventually consistent, as every scan here. */
  scanFavourites(position: ScanPosition): Promise<ScannedPage<FavouriteRow>>;
  scanRegisters(position: ScanPosition): Promise<ScannedPage<KeyedRegister>>;
  /** In the order of the keys; undefined where there is no row. The items are not read at one moment. */
  readFavourites(keys: readonly FavouriteKey[], o: Consistency): Promise<ItemsRead<FavouriteRow>>;
  readRegisters(keys: readonly FavouriteKey[], o: Consistency): Promise<ItemsRead<StoredRegister>>;
}

export interface Consistency {
  readonly consistent: boolean;
}

export interface ItemsRead<T> {
  readonly items: readonly (T | undefined)[];
  readonly readUnits: number;
}

/** Rows of one scan page: some 300 KB, so that memory stays flat and a step can stop within a second. */
const PAGE_ROWS = 2_000;

export function createHealReads(
  client: DynamoDBClient,
  tables: { readonly favouritesTable: string; readonly countedFavouritesTable: string },
  pauses: Pauses,
): HealReads {
  const favourites = { tableName: tables.favouritesTable, rowsMax: PAGE_ROWS };
  const registers = { tableName: tables.countedFavouritesTable, rowsMax: PAGE_ROWS };
  return {
    scanFavourites: (position) => scanFavourites(client, favourites, position),
    scanRegisters: (position) => scanRegisters(client, registers, position),
    readFavourites: (keys, { consistent }) =>
      getFavourites(client, { tableName: favourites.tableName, keys, consistent }, pauses),
    readRegisters: (keys, { consistent }) =>
      getRegisters(client, { tableName: registers.tableName, keys, consistent }, pauses),
  };
}

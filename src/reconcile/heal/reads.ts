/** What heal reads of Favourites and CountedFavourites, as a port that a test serves stale and torn. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StoredRegister } from '../../counting/counted-favourite.ts';
import type { FavouriteKey, FavouriteRow } from '../../counting/favourite-event.ts';
import { getRegisters, type KeyedRegister, scanRegisters } from '../../tables/counted-favourites.ts';
import type { Pauses } from '../../tables/dynamodb/batch-get.ts';
import type { ScannedPage, ScanPosition } from '../../tables/dynamodb/scan.ts';
import { getFavourites, scanFavourites } from '../../tables/favourites.ts';

export interface HealReads {
  /** Eventually consistent, as every scan here. */
  scanFavourites(position: ScanPosition): Promise<ScannedPage<FavouriteRow>>;
  scanRegisters(position: ScanPosition): Promise<ScannedPage<KeyedRegister>>;
  /** In the order of the keys; undefined where there is no row. The items are not read at one moment. */
  readFavourites(keys: readonly FavouriteKey[], how: Consistency): Promise<ItemsRead<FavouriteRow>>;
  readRegisters(keys: readonly FavouriteKey[], how: Consistency): Promise<ItemsRead<StoredRegister>>;
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
    favouritesTable: favourites,
    countedFavouritesTable: registers,
  }: { readonly favouritesTable: string; readonly countedFavouritesTable: string },
  pauses: Pauses,
): HealReads {
  return {
    scanFavourites: (position) => scanFavourites(client, favourites, position),
    scanRegisters: (position) => scanRegisters(client, registers, position),
    readFavourites: (keys, how) => getFavourites(client, { tableName: favourites, keys, ...how }, pauses),
    readRegisters: (keys, how) => getRegisters(client, { tableName: registers, keys, ...how }, pauses),
  };
}

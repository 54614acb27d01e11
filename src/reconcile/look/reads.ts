/**
 * How heal and redrive read registers and the rows that they belong to, as a port. Its test version serves
 * stale and torn reads.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StoredRegister } from '../../counting/counted-favourite.ts';
import type { FavouriteRow, Mapping } from '../../counting/mapping.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import { keyedRegisters, registerKeyOf } from '../../tables/counted-favourites.ts';
import { batchGet, type Pauses } from '../../tables/dynamodb/batch-get.ts';
import { favouriteRows } from '../../tables/favourites.ts';

export interface LookReads {
  /**
   * The rows that the registers belong to, in the same order; undefined where there is no row. A row may name
   * another register by now. The items may be read at different moments.
   */
  readFavourites(keys: readonly RegisterKey[], how: Consistency): Promise<ItemsRead<FavouriteRow>>;
  readRegisters(keys: readonly RegisterKey[], how: Consistency): Promise<ItemsRead<StoredRegister>>;
}

export interface Consistency {
  readonly consistent: boolean;
  /** Aborts the read, which then throws. */
  readonly signal?: AbortSignal | undefined;
}

export interface ItemsRead<T> {
  readonly items: readonly (T | undefined)[];
  readonly readUnits: number;
}

export interface LookTables {
  readonly favouritesTable: string;
  readonly countedFavouritesTable: string;
  readonly mapping: Mapping;
}

export function createLookReads(
  client: DynamoDBClient,
  { mapping, favouritesTable, countedFavouritesTable }: LookTables,
  pauses: Pauses,
): LookReads {
  const favourites = { tableName: favouritesTable, ...favouriteRows(mapping) };
  const registers = { tableName: countedFavouritesTable, ...keyedRegisters };
  return {
    readFavourites: (keys, how) =>
      batchGet(client, favourites, { keys: keys.map((key) => mapping.primaryKeyOf(key)), ...how }, pauses),
    readRegisters: async (keys, how) => {
      const batch = { keys: keys.map(registerKeyOf), ...how };
      const { items, readUnits } = await batchGet(client, registers, batch, pauses);
      return { items: items.map((item) => item?.register), readUnits };
    },
  };
}

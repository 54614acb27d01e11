/**
 * The reads of Favourites and CountedFavourites by heal, as a port. Its test version serves stale and torn
 * reads.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { FavouriteRow } from '../../counting/mapping.ts';
import { type KeyedRegister, keyedRegisters } from '../../tables/counted-favourites.ts';
import type { Pauses } from '../../tables/dynamodb/batch-get.ts';
import { type ScannedPage, scanPage, type ScanPosition } from '../../tables/dynamodb/scan.ts';
import { favouriteRows } from '../../tables/favourites.ts';
import { createLookReads, type LookReads, type LookTables } from '../look/reads.ts';

export interface HealReads extends LookReads {
  /** Eventually consistent, like every scan here. */
  scanFavourites(position: ScanPosition): Promise<ScannedPage<FavouriteRow>>;
  scanRegisters(position: ScanPosition): Promise<ScannedPage<KeyedRegister>>;
}

export function createHealReads(client: DynamoDBClient, tables: LookTables, pauses: Pauses): HealReads {
  const favourites = { tableName: tables.favouritesTable, ...favouriteRows(tables.mapping) };
  const registers = { tableName: tables.countedFavouritesTable, ...keyedRegisters };
  return {
    ...createLookReads(client, tables, pauses),
    scanFavourites: (position) => scanPage(client, favourites, position),
    scanRegisters: (position) => scanPage(client, registers, position),
  };
}

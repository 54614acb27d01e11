/** What heal reads of Favourites and CountedFavourites; a port, so that a test can serve it stale and torn. */
import type { FavouriteKey, FavouriteRow } from '../counting/favourite-event.ts';
import type { StoredRegister } from '../counting/stored-register.ts';
import type { ScannedPage, ScanPosition } from './scan.ts';

export interface HealReads {
  /** Eventually consistent, as every scan here. */
  scanFavourites(position: ScanPosition): Promise<ScannedPage<FavouriteRow>>;
  scanRegisters(position: ScanPosition): Promise<ScannedPage<KeyedRegister>>;
  /** In the order of the keys; undefined where there is no row. Items are not read at one moment. */
  readFavourites(keys: readonly FavouriteKey[], o: Consistency): Promise<ItemsRead<FavouriteRow>>;
  readRegisters(keys: readonly FavouriteKey[], o: Consistency): Promise<ItemsRead<StoredRegister>>;
}

export interface KeyedRegister {
  readonly key: FavouriteKey;
  readonly register: StoredRegister;
}

export interface Consistency {
  readonly consistent: boolean;
}

export interface ItemsRead<T> {
  readonly items: readonly (T | undefined)[];
  readonly readUnits: number;
}

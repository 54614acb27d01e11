/** The keys of registers. Each register belongs to one row of Favourites. */
import type { Brand } from './brand.ts';

export type RestaurantId = Brand<string, 'RestaurantId'>;
/**
 * Identifies the row among those of its restaurant: its user, if the row's key holds the restaurant and the
 * user and nothing else; otherwise the whole primary key.
 */
export type RowId = Brand<string, 'RowId'>;

export interface RegisterKey {
  readonly restaurantId: RestaurantId;
  readonly rowId: RowId;
}

/**
 * The two ids as one text, for maps. The length says where the first id ends, so both may hold any
 * characters.
 */
export function registerIdOf({ restaurantId, rowId }: RegisterKey): string {
  return `${restaurantId.length}:${restaurantId}${rowId}`;
}

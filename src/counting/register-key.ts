/** The names of registers: each belongs to one row of the table of favourites. */
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

/** The two ids as one text, for maps. The length tells where the first one ends, whatever they contain. */
export function registerIdOf({ restaurantId, rowId }: RegisterKey): string {
  return `${restaurantId.length}:${restaurantId}${rowId}`;
}

/** Decides which of two ids is the user and which is the restaurant. */
import type { Id } from '../profile/ids.ts';

export interface Roles {
  readonly user: Id;
  readonly restaurant: Id;
  readonly isSure: boolean;
  readonly why: string;
}

/** A clear name or literal counts 3. The letters that ids begin with count 1, too little to be sure. */
const SURE_MIN = 2;

export function assignRoles(first: Id, second: Id): Roles {
  const difference = first.leaning - second.leaning;
  if (difference !== 0) {
    const [user, restaurant] = difference > 0 ? [first, second] : [second, first];
    const signs = [...new Set([...user.signs, ...restaurant.signs])];
    const why = `${signs.slice(0, 3).join(', ')} ${signs.length === 1 ? 'says' : 'say'} which id is which`;
    return { user, restaurant, isSure: Math.abs(difference) >= SURE_MIN, why };
  }
  const isFirstUser =
    first.most === second.most ? first.distinct >= second.distinct : first.most < second.most;
  const [user, restaurant] = isFirstUser ? [first, second] : [second, first];
  const why =
    `no name says which id is which. One {restaurant} has up to ${restaurant.most} rows in the sample, and ` +
    `one {user} up to ${user.most}: a thing usually has more fans than a user has favourites. Swap them if ` +
    'it is the other way round';
  return { user, restaurant, isSure: false, why };
}

/** Whether each row has another value, like an id that the application draws for the row. */
export function isRowId({ values, distinct, place }: Id, keyAttributes: number): boolean {
  const present = values.filter((value) => value !== undefined).length;
  if (place.at !== undefined && place.part === undefined && keyAttributes === 1) return true;
  return present >= 10 && distinct >= present * 0.98;
}

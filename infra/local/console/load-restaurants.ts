/** Whom the load is about: a city's restaurants, the most loved first, by a Zipf distribution. */
import { kitchens, places } from '../replay/restaurant-names.ts';

/** Both lists repeat together only after so many: then the kitchens go on by one, so that no name comes twice. */
const REPEAT = leastCommonMultiple(places.length, kitchens.length);

/** Every place has every kitchen; neighbours in the list have neither in common. */
export const loadRestaurants: readonly string[] = Array.from(
  { length: places.length * kitchens.length },
  (_, index) => {
    const kitchen = kitchens[(index + Math.floor(index / REPEAT)) % kitchens.length];
    return `${places[index % places.length]} ${kitchen}`;
  },
);

/** @param skew the exponent: 0 makes all alike. @returns of a share in [0, 1) its restaurant. */
export function zipfOver(names: readonly string[], skew: number): (share: number) => string {
  let sum = 0;
  const sums = names.map((_, index) => (sum += (index + 1) ** -skew));
  return (share) => {
    const wanted = share * sum;
    let [low, high] = [0, names.length - 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return names[low] ?? '';
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}

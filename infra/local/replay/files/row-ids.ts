/** The restaurant and the user of a write, as far as the source can read them. */
import type { Mapping } from '../../../../src/counting/mapping.ts';
import type { RowWrite } from '../replay-write.ts';
import type { RowIds } from './look-alikes.ts';

export function createIdReader(mapping: Mapping): (write: RowWrite) => RowIds {
  return (write) => {
    const item = write.kind === 'put' ? write.item : write.key;
    const key = mapping.readKey(item);
    const ids = key.kind === 'key' ? key.ids : {};
    return { restaurant: mapping.readImage(key, item).key?.restaurantId ?? ids.restaurant, user: ids.user };
  };
}

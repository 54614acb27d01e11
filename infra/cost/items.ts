/** Typical items of the tables, with UUIDs as ids, and what writing them costs. */
import { itemSize } from './item-size.ts';
import { STORAGE_OVERHEAD_BYTES } from './measured.ts';
import { type IndexChange, writeUnitsOf } from './write-units.ts';

const restaurant = { S: 'c9f0f895-fb98-4b91-99d4-2e1f5a7c0b6d' };
const user = { S: '8f14e45f-ceea-467a-9575-6a2c8b1f2d3e' };
const date = { S: '2022-08-01T12:00:00.000Z' };
const position = { S: `2022-08-01T00:00:00.000#${'0'.repeat(40)}` };
const expires = { N: '1693685827' };
const entry = {
  restaurant_id: restaurant,
  time_window: { S: '20220801' },
  favourite_count: { N: '1234' },
  ranking_key: { S: '20220801#7' },
};

/** Bytes of each item. */
export const itemBytes = {
  favourite: itemSize({
    restaurant_id_user_id: { S: `${restaurant.S}#${user.S}` },
    restaurant_id: restaurant,
    user_id: user,
    created_at: date,
  }),
  register: itemSize({
    restaurant_id: restaurant,
    user_id: user,
    stream_position: position,
    created_at: date,
  }),
  tombstone: itemSize({
    restaurant_id: restaurant,
    user_id: user,
    stream_position: position,
    expires_at: expires,
  }),
  countRow: itemSize({ ...entry, updated_at: date, revision: { N: '1234' }, expires_at: expires }),
  indexEntry: itemSize(entry),
} as const;

/** Bytes of each item as storage is billed. */
export const storedBytes = (item: keyof typeof itemBytes): number => itemBytes[item] + STORAGE_OVERHEAD_BYTES;

const write = (bytes: number, isTransactional: boolean): number =>
  writeUnitsOf({ before: bytes, after: bytes, isTransactional, indexes: [] });
const entryChange = (change: IndexChange): number => {
  const row = { before: itemBytes.countRow, after: itemBytes.countRow, isTransactional: false };
  return writeUnitsOf({ ...row, indexes: [change] }) - writeUnitsOf({ ...row, indexes: [] });
};
const bytes = itemBytes.indexEntry;

/** Write units, by the rules of write-units.ts. */
export const writeUnits = {
  register: write(itemBytes.register, true),
  countRow: write(itemBytes.countRow, true),
  plainRow: write(itemBytes.countRow, false),
  movedEntry: entryChange({ kind: 'move', bytesBefore: bytes, bytes }),
  newEntry: entryChange({ kind: 'put', bytes }),
} as const;

/** Of an event that shares no row with others, all ranked: with new count rows, and with changed ones. */
export function unsharedUnits(kinds: number): readonly [number, number] {
  const { register, countRow, newEntry, movedEntry } = writeUnits;
  return [register + kinds * (countRow + newEntry), register + kinds * (countRow + movedEntry)];
}

/** Checks that an item, or a key, is one that the table of a source can store. */
import { plainNumber } from '../../../../src/counting/source/number-text.ts';
import { PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../../../../src/counting/source/row-key.ts';
import { isDefaultSource, type Source } from '../../../../src/counting/source/source.ts';
import { favouritesTable } from '../../../../src/tables/schema.ts';
import { InputError } from '../../../command-line/input-error.ts';
import { printable, shorten } from '../../../command-line/text.ts';
import type { Item, RowWrite } from '../replay-write.ts';
import { itemSize } from '../../../cost/item-size.ts';
import { readItem } from './attribute-values.ts';

/** Of an item, in bytes (Service quotas, "Items"). */
const ITEM_BYTES_MAX = 400 * 1024;

export interface TableItems {
  /** @param where names the item in an error, such as `put`. @throws {InputError} */
  readonly readPut: (given: unknown, where: string, bytes: number) => PutWrite;
  /** @throws {InputError} */
  readonly readDelete: (given: unknown, where: string, bytes: number) => RowWrite;
}

export type PutWrite = Extract<RowWrite, { readonly kind: 'put' }>;

interface TypedAttribute {
  readonly name: string;
  readonly type: 'S' | 'N';
  readonly bytesMax: number;
  readonly isKey: boolean;
}

export function createTableItems(source: Source): TableItems {
  const attributes = attributesOf(source);
  const keys = attributes.filter(({ isKey }) => isKey);
  const read = (given: unknown, where: string): { readonly item: Item; readonly row: string } => {
    const item = readItem(given, where);
    for (const attribute of attributes) checkAttribute(item, where, attribute);
    return { item, row: JSON.stringify(keys.map(({ name, type }) => keyText(item, name, type))) };
  };
  return {
    readPut(given, where, bytes) {
      const { item, row } = read(given, where);
      if (itemSize(item) > ITEM_BYTES_MAX) {
        throw new InputError(
          `the item has ${itemSize(item)} bytes, but an item has at most ${ITEM_BYTES_MAX}; shorten it`,
        );
      }
      return { kind: 'put', row, bytes, item };
    },
    readDelete(given, where, bytes) {
      const { item, row } = read(given, where);
      const more = Object.keys(item).find((name) => !keys.some((key) => key.name === name));
      if (more !== undefined) {
        const names = keys.map(({ name }) => name).join(' and ');
        throw new InputError(
          `${where}.${shownName(more)} is not part of the key; ${where} has ${names} alone: remove it`,
        );
      }
      return { kind: 'delete', row, bytes, key: item };
    },
  };
}

/** The attributes whose type the table fixes: those of its key and, in the default table, of its index. */
function attributesOf(source: Source): readonly TypedAttribute[] {
  const limits = [PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX];
  const key = source.key.map(({ name, type }, at) => ({
    name,
    type,
    bytesMax: limits[at] ?? 0,
    isKey: true,
  }));
  if (!isDefaultSource(source)) return key;
  const { partitionKey, sortKey } = favouritesTable.byUserIndex;
  const index = [partitionKey, sortKey].map((name, at) => ({
    name,
    type: 'S' as const,
    bytesMax: limits[at] ?? 0,
    isKey: false,
  }));
  return [...key, ...index];
}

/** @throws {InputError} */
function checkAttribute(item: Item, itemName: string, { name, type, bytesMax, isKey }: TypedAttribute): void {
  const value = Object.hasOwn(item, name) ? item[name] : undefined;
  const where = `${itemName}.${shownName(name)}`;
  const part = isKey ? 'a part of the key' : 'a key of the index by_user';
  if (value === undefined) {
    if (isKey)
      throw new InputError(
        `${where} is missing, ${part}; give every line the whole key, or the right --source`,
      );
    return;
  }
  const text = type === 'S' ? value.S : value.N;
  if (text === undefined) {
    const found = Object.keys(value)[0] ?? '';
    throw new InputError(
      `${where} is of type ${found}, but ${part} has type ${type}; correct it or --source`,
    );
  }
  const bytes = Buffer.byteLength(text);
  if (bytes === 0) throw new InputError(`${where} is empty, but ${part} has 1 byte or more; give it a value`);
  if (type === 'S' && bytes > bytesMax) {
    throw new InputError(`${where} has ${bytes} bytes, but ${part} has at most ${bytesMax}; shorten it`);
  }
}

/** Numbers become plain digits, so 7 and 7.0 are the same key. */
function keyText(item: Item, name: string, type: 'S' | 'N'): string {
  return (type === 'S' ? item[name]?.S : plainNumber(item[name]?.N)) ?? '';
}

function shownName(name: string): string {
  return printable(shorten(name, 40));
}

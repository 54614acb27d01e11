/** Makes up rows that fit a source, for poison records and for damage. */
import { type IdName, type Ids, parseKeyPattern } from '../../src/counting/source/key-pattern.ts';
import type { PrimaryKey } from '../../src/counting/source/row-key.ts';
import type { Condition, DateFormat, Scalar, Source } from '../../src/counting/source/source.ts';

export type Attributes = Readonly<Record<string, unknown>>;

/** The ids of an invented row. Digits stand for an id in an attribute of numbers. */
export type InventedIds = Required<Ids> & { readonly digits: string };

const date = {
  rfc3339: { S: '2022-08-01T12:00:00Z' },
  sql: { S: '2022-08-01 12:00:00' },
  date: { S: '2022-08-01' },
  'epoch-seconds': { N: '1659355200' },
  'epoch-milliseconds': { N: '1659355200000' },
} as const satisfies Readonly<Record<DateFormat, object>>;

/** Changes the ids where the key of the source requires it: to digits, or so that they can be told apart. */
export function fitIds({ key }: Source, ids: InventedIds): InventedIds {
  const betweens = key.flatMap(({ pattern = '' }) => literalBetween(pattern) ?? []);
  const fit = (name: IdName): string => {
    const isNumber = key.some(({ type, pattern }) => type === 'N' && pattern === `{${name}}`);
    const text = betweens.reduce((id, literal) => id.replaceAll(literal, ''), ids[name]);
    return isNumber || text === '' ? ids.digits : text;
  };
  return { restaurant: fit('restaurant'), user: fit('user'), digits: ids.digits };
}

/** The literal between two ids; undefined if the pattern does not hold two. */
export function literalBetween(pattern: string): string | undefined {
  return /\}(.+)\{/s.exec(pattern)?.[1];
}

/** @param ids that fit the source */
export function inventKey({ key }: Source, ids: InventedIds): PrimaryKey {
  const entries = key.map(({ name, type, pattern }) => {
    const other = type === 'N' ? ids.digits : `${ids.user}-${ids.digits}`;
    return [name, { [type]: pattern === undefined ? other : parseKeyPattern(pattern).write(ids) }] as const;
  });
  return Object.fromEntries(entries) as PrimaryKey;
}

/** The row with that key and those ids. It counts. */
export function inventImage(source: Source, key: PrimaryKey, ids: InventedIds): Attributes {
  const { restaurant, user, createdAt, countedWhen } = source;
  return {
    ...(countedWhen && meeting(countedWhen)),
    ...key,
    ...(restaurant && { [restaurant.attribute]: { S: ids.restaurant } }),
    ...(user && { [user.attribute]: { S: ids.user } }),
    ...(createdAt !== 'none' && { [createdAt.attribute]: date[createdAt.format] }),
  };
}

export function meeting({ attribute, equals, exists }: Condition): Attributes {
  if (equals !== undefined) return { [attribute]: valueOf(equals) };
  return exists === true ? { [attribute]: { S: 'x' } } : {};
}

function valueOf(scalar: Scalar): object {
  if (typeof scalar === 'number') return { N: String(scalar) };
  return typeof scalar === 'boolean' ? { BOOL: scalar } : { S: scalar };
}

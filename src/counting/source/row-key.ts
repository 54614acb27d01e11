/**
 * Reads the ids in a primary key, and rebuilds the key from a register. The two are exact inverses. So a
 * register belongs to one row, and all its stream positions come from records of that row.
 */
import type { RegisterKey, RowId } from '../register-key.ts';
import { type Rejection, rejection } from '../rejection.ts';
import { isLongerThan, isObject, member, typeOf } from './attributes.ts';
import { type Ids, type KeyPattern, parseKeyPattern } from './key-pattern.ts';
import { plainNumber } from './number-text.ts';
import { isRestaurantInKey, type KeyAttribute, type Source } from './source.ts';

export type PrimaryKey = Readonly<Record<string, { readonly S: string } | { readonly N: string }>>;

/** What the key alone says about its row. */
export type ReadKey =
  | { readonly kind: 'key'; readonly ids: Ids; readonly rowId: RowId }
  /** The key of another kind of item. */
  | { readonly kind: 'other' }
  | Rejection;

export interface RowKeys {
  /** @param keys attributes that include the primary key. */
  read(keys: unknown): ReadKey;
  /** Undefined for a register that no row of this source can have. */
  write(register: RegisterKey): PrimaryKey | undefined;
}

/** DynamoDB's limits for a partition key and a sort key, in bytes of UTF-8 (Service quotas, "Keys"). */
export const PARTITION_KEY_BYTES_MAX = 2048;
export const SORT_KEY_BYTES_MAX = 1024;

interface KeyPart extends KeyAttribute {
  readonly parsed: KeyPattern | undefined;
  readonly bytesMax: number;
}

const other: ReadKey = { kind: 'other' };

export function createRowKeys(source: Source): RowKeys {
  const parts = partsOf(source);
  const isNamedByUser = isRowNamedByUser(parts);
  const isInKey = isRestaurantInKey(source);
  const read = (keys: unknown): ReadKey => {
    const values: string[] = [];
    for (const { name, type } of parts) {
      const value = keyValue(member(keys, name), type);
      if (value === undefined) return rejection('unexpected-key', expectedAndFound(source, keys));
      values.push(value);
    }
    const ids = readIds(parts, values);
    if (ids === 'other') return other;
    if (ids === 'unreadable') {
      const how = 'in valid Unicode, with no empty id and the literal between two ids once';
      return rejection('unreadable-key', `expected ${patternsOf(source)}, ${how}`);
    }
    if (ids === 'disagree') return rejection('ids-disagree', `expected equal ids in ${patternsOf(source)}`);
    const rowId = isNamedByUser ? (ids.user ?? '') : encodeRowId(values);
    const isTooLong = parts.some(({ bytesMax }, at) => isLongerThan(values[at] ?? '', bytesMax));
    if (isTooLong || isLongerThan(rowId, SORT_KEY_BYTES_MAX)) {
      const where = isNamedByUser ? 'the user id' : `the key ${patternsOf(source)}`;
      return rejection('key-too-long', `expected at most ${SORT_KEY_BYTES_MAX} bytes in ${where}`);
    }
    return { kind: 'key', ids, rowId: rowId as RowId };
  };
  return {
    read,
    write({ restaurantId, rowId }) {
      const values = isNamedByUser
        ? parts.map(({ parsed }) => parsed?.write({ restaurant: restaurantId, user: rowId }))
        : decodeRowId(rowId, parts.length);
      const key = Object.fromEntries(
        parts.map(({ name, type }, at) => [name, { [type]: values[at] ?? '' }]),
      ) as PrimaryKey;
      const again = read(key);
      const isSame =
        again.kind === 'key' && again.rowId === rowId && (!isInKey || again.ids.restaurant === restaurantId);
      return isSame ? key : undefined;
    },
  };
}

function partsOf({ key }: Source): readonly KeyPart[] {
  return key.map((attribute, at) => ({
    ...attribute,
    parsed: attribute.pattern === undefined ? undefined : parseKeyPattern(attribute.pattern),
    bytesMax: at === 0 ? PARTITION_KEY_BYTES_MAX : SORT_KEY_BYTES_MAX,
  }));
}

/** Whether the key holds the restaurant and the user once each, and nothing else. */
function isRowNamedByUser(parts: readonly KeyPart[]): boolean {
  const names = parts.flatMap(({ parsed }) => parsed?.names ?? []);
  return parts.every(({ parsed }) => parsed) && names.toSorted().join() === 'restaurant,user';
}

/** How a register names its row: by the user, or by the attributes of the row's key, in this order. */
export function rowIdFormOf(source: Source): string {
  return isRowNamedByUser(partsOf(source)) ? 'user' : keyText(source.key);
}

/** The attributes of a key with their types, such as `PK (S), SK (S)`. */
export function keyText(key: readonly { readonly name: string; readonly type: string }[]): string {
  return key.map(({ name, type }) => `${name} (${type})`).join(', ');
}

function readIds(
  parts: readonly KeyPart[],
  values: readonly string[],
): Ids | 'other' | 'unreadable' | 'disagree' {
  let ids: Ids = {};
  let problem: 'unreadable' | 'disagree' | undefined;
  for (const [at, { parsed }] of parts.entries()) {
    const value = values[at] ?? '';
    const read = parsed?.read(value) ?? {};
    if (read === 'other') return 'other';
    if (read === 'unreadable' || value === '' || !value.isWellFormed()) problem = 'unreadable';
    else if (at === 0) ids = read;
    else if (isContradiction(ids, read)) problem ??= 'disagree';
    else ids = { ...ids, ...read };
  }
  return problem ?? ids;
}

function isContradiction(a: Ids, b: Ids): boolean {
  return (['restaurant', 'user'] as const).some(
    (name) => a[name] !== undefined && b[name] !== undefined && a[name] !== b[name],
  );
}

/** A single attribute stays as it is. Two become a JSON array, which can be read in only one way. */
function encodeRowId(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : JSON.stringify(values);
}

function decodeRowId(rowId: string, attributes: number): readonly string[] {
  if (attributes === 1) return [rowId];
  try {
    const values: unknown = JSON.parse(rowId);
    return Array.isArray(values) && values.every((value) => typeof value === 'string') ? values : [];
  } catch {
    return [];
  }
}

function keyValue(value: unknown, type: KeyAttribute['type']): string | undefined {
  const text = member(value, type);
  if (type === 'N') return plainNumber(text);
  return typeof text === 'string' ? text : undefined;
}

export function patternsOf({ key }: Source): string {
  return key.map(({ name, pattern }) => (pattern === undefined ? name : `${name} = ${pattern}`)).join(', ');
}

/** A key has at most two attributes; a third one shows the reader that these are not only a key. */
const NAMES_SHOWN_MAX = 3;
const NAME_SHOWN_MAX = 60;

/** Names the attributes that were expected and those that came, with their types. */
export function expectedAndFound({ key }: Source, keys: unknown): string {
  const found = Object.entries(isObject(keys) ? keys : {})
    .slice(0, NAMES_SHOWN_MAX)
    .map(([name, value]) => `${name.slice(0, NAME_SHOWN_MAX)} (${typeOf(value)})`)
    .join(', ');
  const compare = 'compare the setting source with the table';
  return `expected the key ${keyText(key)}, found ${found || 'none'}: ${compare}`;
}

/**
 * Makes rows of a table of any shape, as its source describes them, so that the page can mark and un-mark. If
 * the source does not say enough for that, it gives the reason.
 */
import { createHash } from 'node:crypto';
import { createMapping, type FavouriteRow, type Mapping } from '../../../../src/counting/mapping.ts';
import { isLongerThan, member, readId } from '../../../../src/counting/source/attributes.ts';
import { parseKeyPattern } from '../../../../src/counting/source/key-pattern.ts';
import { plainNumber } from '../../../../src/counting/source/number-text.ts';
import { PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../../../../src/counting/source/row-key.ts';
import type { KeyAttribute, Source } from '../../../../src/counting/source/source.ts';
import { InputError } from '../../../command-line/input-error.ts';
import { literalBetween, meeting } from '../../invented-rows.ts';
import type { Item } from '../../replay/replay-write.ts';
import { dateValue } from './date-value.ts';

export interface Favourite {
  readonly restaurantId: string;
  readonly userId: string;
}

export interface RowMaker {
  readonly mapping: Mapping;
  /** The attribute that holds the user, if the source names one. */
  readonly userAttribute: string | undefined;
  /** Whether the ids alone make the key, so that a favourite has only one row. */
  readonly isKeyFromIds: boolean;
  /** The partition key of a favourite's rows; undefined if it does not follow from the ids. */
  partitionOf(favourite: Favourite): Item | undefined;
  /**
   * The key of the row that `rowOf` makes; undefined if it holds the date.
   * @throws {InputError} for ids that the key cannot hold
   */
  keyOf(favourite: Favourite): Item | undefined;
  /** A row that counts from that instant. @throws {InputError} for ids that the table cannot hold */
  rowOf(favourite: Favourite, atMs: number): Item;
  /** The row with the changes that make it count from that instant; other attributes stay. */
  countedAgain(row: Item, atMs: number): Item;
  /** The user of a row. */
  userOf(row: Item): string | undefined;
}

/** @returns the reason in one sentence if rows cannot be made */
export function createRowMaker(source: Source, timeZone: string): RowMaker | { readonly reason: string } {
  const reason = whyNot(source);
  if (reason !== undefined) return { reason };
  const { key, restaurant, user, createdAt, countedWhen } = source;
  const mapping = createMapping(source, timeZone);
  const date = createdAt === 'none' ? undefined : createdAt;
  const parts = key.map((attribute, at) => ({
    ...attribute,
    content: contentOf(attribute, source),
    bytesMax: at === 0 ? PARTITION_KEY_BYTES_MAX : SORT_KEY_BYTES_MAX,
  }));
  const dateItem = (atMs: number): Item =>
    date === undefined ? {} : { [date.attribute]: dateValue(date, { atMs, timeZone }) };
  const condition = (countedWhen === undefined ? {} : meeting(countedWhen)) as Item;
  /** Attributes of the key, which no update can change. */
  const isInKey = (name: string): boolean => key.some((attribute) => attribute.name === name);

  const keyOf = (favourite: Favourite, others: Item): Item => {
    checkIds(favourite);
    const values = parts.map(({ content, ...attribute }) => {
      const text = content === 'other' ? readId(others[attribute.name]) : content(favourite);
      return [attribute.name, keyValue(attribute, text ?? newId(favourite, attribute.type))] as const;
    });
    return Object.fromEntries(values);
  };

  return {
    mapping,
    userAttribute: user?.attribute,
    isKeyFromIds: parts.every(({ content, name }) => content !== 'other' || condition[name] !== undefined),
    partitionOf(favourite) {
      const [first] = parts;
      if (first === undefined || first.content === 'other') return undefined;
      return { [first.name]: keyValue(first, first.content(favourite)) };
    },
    keyOf: (favourite) =>
      date !== undefined && isInKey(date.attribute) ? undefined : keyOf(favourite, condition),
    rowOf({ restaurantId, userId }, atMs) {
      const others = { ...condition, ...dateItem(atMs) };
      const row: Item = {
        ...others,
        ...(restaurant && { [restaurant.attribute]: { S: restaurantId } }),
        ...(user && { [user.attribute]: { S: userId } }),
        ...keyOf({ restaurantId, userId }, others),
      };
      checkReadBack(mapping.readRow(row), restaurantId);
      return row;
    },
    countedAgain(row, atMs) {
      const kept = Object.entries(row).filter(([name]) => name !== countedWhen?.attribute || isInKey(name));
      const changes = Object.entries({ ...condition, ...dateItem(atMs) }).filter(([name]) => !isInKey(name));
      return Object.fromEntries([...kept, ...changes]);
    },
    userOf(row) {
      const read = mapping.readKey(row);
      const inKey = read.kind === 'key' ? read.ids.user : undefined;
      return inKey ?? readId(member(row, user?.attribute)) ?? undefined;
    },
  };
}

function whyNot({ key, user }: Source): string | undefined {
  const patterns = key.map(({ pattern }) => pattern ?? '');
  const isUserInKey = patterns.some((pattern) => pattern.includes('{user}'));
  if (!isUserInKey && user === undefined) {
    const remedy = 'add "user": { "attribute": … } to it';
    return `The file of --source does not say whose favourite a row is: ${remedy}.`;
  }
  if (patterns.includes('') || patterns.some((pattern) => pattern.includes('{restaurant}'))) return undefined;
  return 'The key holds the user alone, so a user has only one row, and a mark would overwrite it.';
}

/** What a key attribute holds: a text made of the ids, or else the date, the flag, or an id of its own. */
function contentOf(
  { name, pattern }: KeyAttribute,
  { restaurant, user }: Source,
): ((favourite: Favourite) => string) | 'other' {
  if (pattern !== undefined) {
    const parsed = parseKeyPattern(pattern);
    return ({ restaurantId, userId }) => parsed.write({ restaurant: restaurantId, user: userId });
  }
  if (name === restaurant?.attribute) return ({ restaurantId }) => restaurantId;
  if (name === user?.attribute) return ({ userId }) => userId;
  return 'other';
}

function checkIds({ restaurantId, userId }: Favourite): void {
  for (const [name, id, bytesMax] of [
    ['restaurant', restaurantId, PARTITION_KEY_BYTES_MAX],
    ['user', userId, SORT_KEY_BYTES_MAX],
  ] as const) {
    if (id === '' || !id.isWellFormed()) throw new InputError(`The id of a ${name} must be text, not empty.`);
    if (isLongerThan(id, bytesMax)) {
      throw new InputError(`The id of a ${name} must have at most ${bytesMax} bytes.`);
    }
  }
}

/** @throws {InputError} */
function keyValue(
  { name, type, pattern, bytesMax }: KeyAttribute & { readonly bytesMax: number },
  text: string,
): Item[string] {
  if (type === 'N') {
    if (plainNumber(text) === text) return { N: text };
    const id = pattern === '{restaurant}' ? 'The id of a restaurant' : 'This id';
    throw new InputError(`${id} must be a number here, in plain digits such as 7, because ${name} is one.`);
  }
  const between = pattern === undefined ? undefined : literalBetween(pattern);
  if (
    pattern !== undefined &&
    between !== undefined &&
    typeof parseKeyPattern(pattern).read(text) === 'string'
  ) {
    throw new InputError(`No id here may contain '${between}', which separates the ids in ${name}.`);
  }
  if (isLongerThan(text, bytesMax)) {
    throw new InputError(
      `The ids are too long for ${name}, a part of the key with at most ${bytesMax} bytes.`,
    );
  }
  return { S: text };
}

/** Always the same for a favourite, so that the page never writes two rows of it. */
function newId({ restaurantId, userId }: Favourite, type: KeyAttribute['type']): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([restaurantId, userId]))
    .digest('hex');
  // 96 bits have at most 29 digits; DynamoDB keeps 38.
  if (type === 'N') return String(BigInt(`0x${hash.slice(0, 24)}`));
  return hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}

/** @throws {InputError} */
function checkReadBack(row: FavouriteRow, restaurantId: string): void {
  if (row.kind === 'countable' && row.key.restaurantId === restaurantId) return;
  const why = row.kind === 'uncountable' ? row.rejection.detail : 'its key would be read as another row';
  throw new InputError(`This favourite cannot be written to a table of this shape: ${why}.`);
}

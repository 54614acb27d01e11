/** Finds the attribute that says whether a row counts: a soft delete, a status, or a kind of row. */
import type { Condition, Scalar } from '../../../src/counting/source/source.ts';
import type { Column, FewValue } from '../profile/columns.ts';
import { hasWord, isKnownWord, isWord, wordsOf } from '../profile/words.ts';

export interface Flag {
  readonly condition: Condition;
  readonly column: Column;
  /** Whether some rows meet the condition and some do not, so that it cannot be left out. */
  readonly isSeen: boolean;
  readonly kind: 'kind of row' | 'soft delete';
  /** Why these rows count. It holds only known words and signs, and no id. */
  readonly why: string;
}

type Found = Omit<Flag, 'column'>;

const yes = new Set(['y', 'yes', 'true', 't', '1']);
const no = new Set(['n', 'no', 'false', 'f', '0']);
const kindNames = new Set(
  'kind type entity et typename category action verb relation rel relationship state status'.split(' '),
);
/** A value is the name of a kind only if several rows have it. */
const FAVOURITES_MIN = 2;

/** @returns the flags, the one to take first. */
export function flagsIn(columns: readonly Column[]): readonly Flag[] {
  const flags = columns.flatMap((column) => {
    const flag = kindFlag(column) ?? deletedFlag(column) ?? activeFlag(column) ?? statusFlag(column);
    return flag === undefined ? [] : [{ ...flag, column }];
  });
  const rank = (flag: Flag) => (flag.isSeen ? 0 : 2) + (flag.kind === 'kind of row' ? 0 : 1);
  return flags.toSorted((a, b) => rank(a) - rank(b));
}

function kindFlag({ name, fewValues = [], present, rows }: Column): Found | undefined {
  if (!wordsOf(name).some((word) => kindNames.has(word)) || wordsOf(name).includes('id')) return undefined;
  const [favourite] = fewValues.filter(
    ({ type, value, rows: own }) =>
      type === 'S' && own >= FAVOURITES_MIN && isNameOfFavourites(String(value)),
  );
  if (favourite === undefined) return undefined;
  const equals = String(favourite.value);
  return {
    condition: { attribute: name, equals },
    isSeen: present < rows || fewValues.length > 1,
    kind: 'kind of row',
    why: `of the values of ${name}, "${equals}" names favourites`,
  };
}

/** `favourite`, `FAV`, `UserFollow`; not `unfollowed`. */
function isNameOfFavourites(value: string): boolean {
  // A longer text, or one with digits, may hold an id.
  const isName = /^[A-Za-z_-]{1,40}$/.test(value) && wordsOf(value).length <= 3;
  return isName && hasWord(value, 'favourite') && !hasWord(value, 'deleted');
}

function deletedFlag(column: Column): Found | undefined {
  const { name } = column;
  if (!hasWord(name, 'deleted')) return undefined;
  const flag = { kind: 'soft delete', why: `${name} sounds like a soft delete` } as const;
  const set = truthOf(column);
  if (set !== undefined) {
    const isSeen = column.fewValues?.some(({ value }) => isTruth(value, yes)) ?? false;
    return { ...flag, condition: { attribute: name, notEquals: set.yes }, isSeen };
  }
  const empty = column.fewValues?.find(
    ({ type, value }) => (type === 'S' && value === '') || (type === 'N' && value === '0'),
  );
  if (empty !== undefined && column.present === column.rows) {
    const equals = empty.type === 'N' ? 0 : '';
    return { ...flag, condition: { attribute: name, equals }, isSeen: true };
  }
  const isWhen = column.dates !== undefined || /(?:at|on|date|time|ts)$/i.test(name);
  if (!isWhen || !isSeldomNull(column)) return undefined;
  return { ...flag, condition: { attribute: name, exists: false }, isSeen: column.present > 0 };
}

/** Attributes of soft deletes that countedWhen cannot test: they are NULL in rows that are not deleted. */
export function nullFlagsIn(columns: readonly Column[]): readonly string[] {
  return columns
    .filter((column) => hasWord(column.name, 'deleted') && !isSeldomNull(column))
    .filter(({ types }) => types.length > 1)
    .map(({ name }) => name);
}

/** An attribute that is NULL in rows that are not deleted cannot be described. */
function isSeldomNull({ types, present, rows }: Column): boolean {
  const nulls = types.find(([type]) => type === 'NULL')?.[1] ?? 0;
  return nulls <= present / 2 || present < rows / 2;
}

function activeFlag(column: Column): Found | undefined {
  const { name, present, rows } = column;
  const words = wordsOf(name).filter((word) => word !== 'is' && word !== 'has' && word !== 'was');
  if (words.length === 0 || !words.every((word) => isWord(word, 'active'))) return undefined;
  const set = truthOf(column);
  if (set === undefined) return undefined;
  const isSeen = present < rows || (column.fewValues?.length ?? 0) > 1;
  const condition = { attribute: name, equals: set.yes };
  return { condition, isSeen, kind: 'soft delete', why: `${name} sounds like a flag of rows that count` };
}

/** The value of a flag that means yes. Undefined if the attribute is no flag. */
function truthOf({ fewValues = [] }: Column): { readonly yes: Scalar } | undefined {
  const total = sum(fewValues);
  const flags = fewValues.filter(({ value }) => isTruth(value, yes) || isTruth(value, no));
  if (total === 0 || sum(flags) < total * 0.8) return undefined;
  const [usual] = flags;
  if (usual === undefined) return undefined;
  const seen = flags.find(({ type, value }) => type === usual.type && isTruth(value, yes))?.value;
  if (usual.type === 'BOOL') return { yes: true };
  if (usual.type === 'N') return { yes: 1 };
  if (typeof seen === 'string') return { yes: seen };
  // Only "no" is seen: the same way of writing.
  const opposites: Readonly<Record<string, string>> = { n: 'y', no: 'yes', false: 'true', f: 't', 0: '1' };
  const written = String(usual.value);
  const opposite = opposites[written.toLowerCase()] ?? '1';
  return { yes: /^[A-Z]+$/.test(written) ? opposite.toUpperCase() : opposite };
}

function isTruth(value: FewValue['value'], truths: ReadonlySet<string>): boolean {
  return truths.has(String(value).toLowerCase());
}

function statusFlag({ name, fewValues = [], present, rows }: Column): Found | undefined {
  if (!wordsOf(name).some((word) => word === 'status' || word === 'state')) return undefined;
  const texts = fewValues.filter(({ type, value }) => type === 'S' && isKnownWord(String(value)));
  const active = texts.find(
    ({ value }) => !hasWord(String(value), 'deleted') && hasWord(String(value), 'active'),
  );
  const deleted = texts.filter(({ value }) => hasWord(String(value), 'deleted'));
  const flag = { kind: 'soft delete', isSeen: deleted.length > 0 } as const;
  if (active !== undefined && present === rows) {
    const equals = String(active.value);
    return { ...flag, condition: { attribute: name, equals }, why: `"${equals}" is the ${name} that counts` };
  }
  const [only, ...more] = deleted;
  if (only === undefined || more.length > 0) return undefined;
  const notEquals = String(only.value);
  return {
    ...flag,
    condition: { attribute: name, notEquals },
    why: `"${notEquals}" sounds like a soft delete`,
  };
}

function sum(values: readonly FewValue[]): number {
  return values.reduce((total, { rows }) => total + rows, 0);
}

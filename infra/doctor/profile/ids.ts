/** The ids of the rows of a kind: in the key and in attributes. */
import { type Column, columnsOf } from './columns.ts';
import { type Composite, findComposite } from './composite.ts';
import { datesIn } from './dates.ts';
import type { Kind } from './kinds.ts';
import { countsOf, distinctOf, mostOf, type KeyName, shareOf } from './sample.ts';
import { hasWord, isIdName, isWord, leaningOf, wordsOf } from './words.ts';

export interface Id {
  readonly place:
    | { readonly at: number; readonly part: 0 | 1 | undefined }
    | { readonly at: undefined; readonly attribute: string };
  /** Of each row of the kind. */
  readonly values: readonly (string | undefined)[];
  readonly distinct: number;
  /** The number of rows of the most frequent value. */
  readonly most: number;
  /** Above 0: its names say that it is the user; below 0: the thing that is marked. */
  readonly leaning: number;
  /** Where the leaning comes from, such as a name. It holds no id. */
  readonly signs: readonly string[];
  /** Other attributes that repeat it. */
  readonly aliases: readonly string[];
}

export interface KindIds {
  readonly inKey: readonly Id[];
  readonly inAttributes: readonly Id[];
  /** For each key attribute that holds two ids. */
  readonly composites: readonly (Composite | undefined)[];
  /** Positions of key attributes that hold a time. */
  readonly times: readonly number[];
  readonly columns: readonly Column[];
}

const PART_ROWS_MIN = 5;
const SAME_SHARE_MIN = 0.95;
/** Names of attributes that describe a user or a thing, but do not identify it. */
const describing = new Set(
  (
    'name title label description desc note notes text count total price amount url uri image avatar email ' +
    'phone rating score type status kind lat lng long latitude longitude version language locale flag color'
  ).split(' '),
);

export function idsOf(kind: Kind, key: readonly KeyName[]): KindIds {
  const columns = columnsOf(kind.rows.map(({ item }) => item));
  const keyNames = key.map(({ name }) => name);
  const others = columns.filter(({ name }) => !keyNames.includes(name));
  const tails = key.map((_, at) => kind.rows.map((row) => row.tails[at]));
  const times = key.flatMap(({ type, name }, at) => (isTime(tails[at] ?? [], type, name) ? [at] : []));
  const open = key.flatMap(({ type }, at) =>
    type === 'B' || kind.literals[at]?.isAll === true || times.includes(at) ? [] : [at],
  );
  // In a key of two attributes, each holds one id, unless the other one holds none.
  const composites = key.map(({ type }, at) =>
    type === 'S' && open.length === 1 && open[0] === at
      ? findComposite((tails[at] ?? []).filter((tail) => tail !== undefined))
      : undefined,
  );
  const inKey = open.flatMap((at) => {
    const place = { name: keyNames[at] ?? '', literal: kind.literals[at]?.literal ?? '', at };
    return keyIds(place, tails[at] ?? [], composites[at]).map((id) => withSigns(id, others));
  });
  return { inKey, inAttributes: attributeIds(others), composites, times, columns };
}

function isTime(tails: readonly (string | undefined)[], type: string, name: string): boolean {
  const isNamed = wordsOf(name).some((word) =>
    /^(?:at|on|date|time|timestamp|ts|when|created|added)$/.test(word),
  );
  if (type !== 'S') return type === 'N' && isNamed && datesIn(tails.map((N) => ({ N }))) !== undefined;
  const dates = datesIn(tails.map((tail) => ({ S: tail ?? '' })));
  return dates !== undefined && (isNamed || !dates.format.startsWith('epoch'));
}

function keyIds(
  { name, literal, at }: { readonly name: string; readonly literal: string; readonly at: number },
  tails: readonly (string | undefined)[],
  composite: Composite | undefined,
): readonly Id[] {
  if (composite === undefined) {
    const [fromName, fromLiteral] = [leaningOf(name), leaningOf(literalWord(literal))];
    const signs = [
      ...(fromLiteral === 0 ? [] : [`the literal ${literal}`]),
      ...(fromName === 0 ? [] : [`the name ${name}`]),
    ];
    return [idAt({ at, part: undefined }, tails, fromName + fromLiteral, signs)];
  }
  // `restaurant_id_user_id` names both in the order of the text.
  const named = wordsOf(name)
    .map(leaningOf)
    .filter((leaning) => leaning !== 0);
  const isOrdered = named.length >= 2 && (named[0] ?? 0) * (named.at(-1) ?? 0) < 0;
  const words = [literal + composite.prefix, composite.between].map((text) => leaningOf(literalWord(text)));
  return ([0, 1] as const).map((part) => {
    const fromName = isOrdered ? (named.at(-part) ?? 0) : 0;
    const fromLiteral = words[part] ?? 0;
    const signs = [
      ...(fromName === 0 ? [] : [`the order in the name ${name}`]),
      ...(fromLiteral === 0 ? [] : ['the literal before it']),
    ];
    const values = tails.map((tail) => (tail === undefined ? undefined : composite.read(tail)?.[part]));
    return idAt({ at, part }, values, fromName + fromLiteral, signs);
  });
}

/**
 * For each id attribute that less than half of the rows have: those rows, which may be a kind of their own.
 */
export function partsOf(kind: Kind, key: readonly KeyName[]): readonly Kind[] {
  const names = new Set(kind.rows.flatMap(({ item }) => Object.keys(item)));
  const others = [...names].filter((name) => leaningOf(name) < 0 && key.every((one) => one.name !== name));
  return others.flatMap((having) => {
    const rows = kind.rows.filter(({ item }) => Object.hasOwn(item, having));
    const isPart = rows.length >= PART_ROWS_MIN && rows.length < kind.rows.length / 2;
    return isPart ? [{ ...kind, having, rows }] : [];
  });
}

/** The last word of a literal: `USER` of `APP#USER#`. */
function literalWord(literal: string): string {
  return literal.split(/[#:|/~$]+/).findLast((word) => word !== '') ?? '';
}

function idAt(place: Id['place'], values: Id['values'], leaning: number, signs: readonly string[]): Id {
  const statistics = { distinct: distinctOf(values), most: mostOf(values) };
  const prefix = usualPrefix(values);
  const fromPrefix = Math.sign(leaningOf(prefix));
  const allSigns = fromPrefix === 0 ? signs : [...signs, 'the letters at the start of the ids'];
  return { place, values, ...statistics, leaning: leaning + fromPrefix, signs: allSigns, aliases: [] };
}

/** The letters before the digits in nearly all ids, as in `user-17`. */
function usualPrefix(values: Id['values']): string {
  const prefixes = values.map((value) =>
    /^([A-Za-z]{1,12})[-_.:]?\d+$/.exec(value ?? '')?.[1]?.toLowerCase(),
  );
  const [usual, count] = [...countsOf(prefixes)].toSorted((a, b) => b[1] - a[1])[0] ?? ['', 0];
  return count >= values.length * 0.8 ? usual : '';
}

/** Adds the signs of the attributes that repeat an id of the key: their names may say what it is. */
function withSigns(id: Id, columns: readonly Column[]): Id {
  const same = columns.filter((column) => repeats(column, id));
  const leaning = same.reduce((total, { name }) => total + leaningOf(name), id.leaning);
  const named = same.filter(({ name }) => leaningOf(name) !== 0).map(({ name }) => `the attribute ${name}`);
  return { ...id, leaning, signs: [...id.signs, ...named], aliases: same.map(({ name }) => name) };
}

function repeats({ ids, present, rows }: Column, { values }: Id): boolean {
  if (present < rows / 2) return false;
  const pairs = ids
    .map((id, row) => [id, values[row]] as const)
    .filter(([a, b]) => a !== undefined && b !== undefined);
  return pairs.length > 0 && shareOf(pairs, ([a, b]) => a === b) >= SAME_SHARE_MIN;
}

function attributeIds(columns: readonly Column[]): readonly Id[] {
  return columns.filter(isIdColumn).map(({ name, ids }) => {
    const leaning = leaningOf(name);
    return idAt({ at: undefined, attribute: name }, ids, leaning, leaning === 0 ? [] : [`the name ${name}`]);
  });
}

function isIdColumn({ name, types, present, rows, dates, fewValues }: Column): boolean {
  const words = wordsOf(name);
  const isNamed = isIdName(name) || leaningOf(name) !== 0;
  if (!isNamed || words.some((word) => describing.has(word)) || /^(?:gsi|lsi)/i.test(name)) return false;
  if (hasWord(name, 'deleted') || present < rows / 2 || (dates !== undefined && !isIdName(name)))
    return false;
  const texts = types
    .filter(([type]) => type === 'S' || type === 'N')
    .reduce((total, [, count]) => total + count, 0);
  // `liked: 1` and `following: true` are flags.
  const isFlag = words.every((word) => isWord(word, 'active')) && fewValues !== undefined;
  return texts >= present * 0.8 && !isFlag;
}

/** Tells the literals of a key from ids if no list has the word. No id may pass for a literal. */
import { countsOf, distinctOf, idText, type Item, shareOf } from './sample.ts';

export interface TextRow {
  readonly text: string;
  readonly item: Item;
}

export interface KeyContext {
  /** The name of the key attribute. */
  readonly name: string;
  /** The names of all key attributes. */
  readonly keyNames: readonly string[];
}

/** The rows with the same word before the first separator. */
export interface Group {
  readonly head: string;
  readonly word: string;
  readonly rows: TextRow[];
}

export const HEAD = /^([#:|/~$]*([A-Za-z][\w.-]{0,23})[#:|/~$]+)(.+)$/s;
/** An unknown word is a literal only if at least so many rows, with so many different ids, have it. */
const ROWS_MIN = 20;
const TAILS_MIN = 5;
/** A table has few kinds of item. More words are ids. */
export const UNKNOWN_HEADS_MAX = 12;
/** The share of attributes or ids that an unknown kind of item may have in common with another. */
const APART_OVERLAP_MAX = 0.34;
const AMONG_WORDS_MAX = 3;

/** Whether the word before the first separator is a literal, although no list has it. */
export function isUnknownLiteral(
  group: Group,
  options: {
    readonly rows: readonly TextRow[];
    readonly groups: readonly Group[];
    /** The groups whose word no list has, this one included. */
    readonly unknown: readonly Group[];
    /** Literals and constants of the attribute that are known. */
    readonly words: readonly string[];
    readonly context: KeyContext;
  },
): boolean {
  const { rows, groups, unknown, words, context } = options;
  if (unknown.length > UNKNOWN_HEADS_MAX || !isWordLike(group.word) || isAnId(group, context)) return false;
  return (
    isEverywhere(group, rows, context) ||
    isApart(group, groups, context) ||
    isAmongWords(group, { words, unknown, context })
  );
}

/**
 * Whether nearly all rows have the word, and two ids beside it. With only one id beside it, the word could be
 * the only user of the table.
 */
function isEverywhere(
  { rows: own }: Group,
  rows: readonly TextRow[],
  { name, keyNames }: KeyContext,
): boolean {
  const tails = own.map(({ text }) => text);
  if (own.length < ROWS_MIN || own.length < rows.length * 0.9 || !areShared(tails)) return false;
  const other = keyNames.find((one) => one !== name);
  if (other === undefined) return shareOf(tails, (tail) => /.[#:|/~$]./s.test(tail)) >= 0.9;
  return isBesideIds(own, other);
}

/** Whether it is written like the known literals of the table, such as `ZAP#` beside `USER#`. */
function isAmongWords(
  { word, rows }: Group,
  options: {
    readonly words: readonly string[];
    readonly unknown: readonly Group[];
    readonly context: KeyContext;
  },
): boolean {
  const { words, unknown, context } = options;
  const other = context.keyNames.find((one) => one !== context.name);
  const tails = distinctOf(rows.map(({ text }) => text));
  if (other === undefined || unknown.length > AMONG_WORDS_MAX || words.length === 0) return false;
  if (rows.length < ROWS_MIN || tails < TAILS_MIN) return false;
  return words.every((known) => caseOf(known) === caseOf(word)) && isBesideIds(rows, other);
}

function caseOf(word: string): 'upper' | 'lower' | 'mixed' {
  const letters = word.replaceAll(/[^A-Za-z]/g, '');
  if (letters === letters.toUpperCase()) return 'upper';
  return letters === letters.toLowerCase() ? 'lower' : 'mixed';
}

function isBesideIds(own: readonly TextRow[], other: string): boolean {
  const texts = own.map(({ item }) => idText(item, other));
  // In a single-table design, the other attribute begins with a literal too, or it is an id.
  const heads = texts.map((text) => HEAD.exec(text ?? '')?.[1]);
  return distinctOf(texts) >= TAILS_MIN && distinctOf(heads) <= 1;
}

/** Whether some rows have the same text, as rows of the same user or thing do. */
function areShared(tails: readonly string[]): boolean {
  const distinct = distinctOf(tails);
  return distinct >= TAILS_MIN && distinct <= tails.length * 0.95;
}

/** Whether its rows have other attributes than the rows of any other group, like another kind of item. */
function isApart(group: Group, groups: readonly Group[], context: KeyContext): boolean {
  const tails = new Set(group.rows.map(({ text }) => text));
  if (group.rows.length < TAILS_MIN || tails.size < TAILS_MIN) return false;
  const own = signatureOf(group.rows, context);
  const others = groups.filter((other) => other !== group);
  const isOther = ({ rows }: Group): boolean => {
    const shared = shareOf(rows, ({ text }) => tails.has(text));
    const signature = signatureOf(rows, context);
    // The ids after the word must differ too.
    return signature.size > 0 && overlap(own, signature) < APART_OVERLAP_MAX && shared < APART_OVERLAP_MAX;
  };
  return own.size > 0 && others.length > 0 && others.every(isOther);
}

/** Whether another attribute of a row holds the word, so that it is an id. */
function isAnId({ word, rows }: Group, { name }: KeyContext): boolean {
  return rows.some(({ item }) =>
    Object.keys(item).some(
      (other) =>
        other !== name &&
        idText(item, other)
          ?.split(/[#:|/~$]+/)
          .includes(word) === true,
    ),
  );
}

function isWordLike(word: string): boolean {
  return /^[A-Za-z][A-Za-z_-]{0,15}$/.test(word);
}

/** The attributes beside the key, each with the share of the rows that have it. */
export function signatureOf(rows: readonly TextRow[], { keyNames }: KeyContext): ReadonlyMap<string, number> {
  const counts = countsOf(rows.flatMap(({ item }) => Object.keys(item)));
  const beside = [...counts].filter(([name]) => !keyNames.includes(name));
  return new Map(beside.map(([name, count]) => [name, count / rows.length]));
}

/** From 0, nothing in common, to 1, the same. */
export function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const pairs = [...new Set([...a.keys(), ...b.keys()])].map(
    (name) => [a.get(name) ?? 0, b.get(name) ?? 0] as const,
  );
  const shared = pairs.reduce((sum, pair) => sum + Math.min(...pair), 0);
  const all = pairs.reduce((sum, pair) => sum + Math.max(...pair), 0);
  return all === 0 ? 1 : shared / all;
}

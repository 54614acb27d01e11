/**
 * Finds the literals that the texts of a key attribute begin with, such as `USER#` and `FAV#`, and constants
 * such as `PROFILE`. An id must never pass for a literal, because literals are printed.
 */
import { type Item, distinctOf } from './sample.ts';
import { hasWord, isKnownWord } from './words.ts';

export interface KeyText {
  readonly literal: string;
  /** What follows the literal; undefined if the text is a literal alone. */
  readonly tail: string | undefined;
}

export type ReadKeyText = (text: string) => KeyText;

export interface TextRow {
  readonly text: string;
  readonly item: Item;
}

interface Node {
  readonly heads: ReadonlyMap<string, Node>;
  readonly constants: ReadonlySet<string>;
}

interface Context {
  /** The name of the key attribute. */
  readonly name: string;
  /** Whether it is the only key attribute. */
  readonly isAlone: boolean;
}

const HEAD = /^([#:|/~$]*([A-Za-z][\w.-]{0,23})[#:|/~$]+)(.+)$/s;
/** `fav_17`: as weak as it is common in ids. */
const WEAK_HEAD = /^(([A-Za-z]{2,16})[_-])(.+)$/s;
const CONSTANT = /^[#:|/~$]*[A-Za-z][\w.-]{0,23}[#:|/~$]*$/;
const DEPTH_MAX = 3;
/** A word that no topic knows is a literal only where so many rows and ids show it. */
const ROWS_MIN = 20;
const TAILS_MIN = 5;
/** A table has few kinds of item. More words are ids. */
const UNKNOWN_HEADS_MAX = 12;

export function findLiterals(rows: readonly TextRow[], context: Context): ReadKeyText {
  const root = nodeOf(rows, context, 0);
  // An attribute that is named after an id holds nothing but ids, unless several kinds of item share it.
  const isNamed = hasWord(context.name, 'user') || hasWord(context.name, 'thing');
  const isUsed = !isNamed || root.heads.size + root.constants.size > 1;
  return (text) => (isUsed ? readText(root, text) : { literal: '', tail: text });
}

function readText({ heads, constants }: Node, text: string): KeyText {
  if (constants.has(text)) return { literal: text, tail: undefined };
  for (const form of [HEAD, WEAK_HEAD]) {
    const [, head = '', , tail = ''] = form.exec(text) ?? [];
    const node = heads.get(head);
    if (node === undefined) continue;
    const rest = readText(node, tail);
    return { literal: head + rest.literal, tail: rest.tail };
  }
  return { literal: '', tail: text };
}

interface Group {
  readonly head: string;
  readonly word: string;
  readonly rows: TextRow[];
}

function nodeOf(rows: readonly TextRow[], context: Context, depth: number): Node {
  if (depth >= DEPTH_MAX || rows.length === 0) return { heads: new Map(), constants: new Set() };
  const constants = new Set(rows.map(({ text }) => text).filter(isConstant));
  const strong = literalGroups(groupsOf(rows, HEAD), rows, context);
  const groups = strong.length > 0 || depth > 0 ? strong : weakGroups(rows, context);
  const heads = groups.map(({ head, rows: own }) => [head, nodeOf(own, context, depth + 1)] as const);
  return { heads: new Map(heads), constants };
}

function isConstant(text: string): boolean {
  return CONSTANT.test(text) && text.length > 1 && isKnownWord(text) && hasWord(text, 'constant');
}

/** The rows by their heads. In each group, the text is what follows the head. */
function groupsOf(rows: readonly TextRow[], form: RegExp): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { text, item } of rows) {
    const [, head, word = '', tail = ''] = form.exec(text) ?? [];
    if (head === undefined) continue;
    const group = groups.get(head) ?? { head, word, rows: [] };
    group.rows.push({ text: tail, item });
    groups.set(head, group);
  }
  return [...groups.values()];
}

function literalGroups(
  groups: readonly Group[],
  rows: readonly TextRow[],
  context: Context,
): readonly Group[] {
  const [known, unknown] = [groups.filter(isKnown), groups.filter((group) => !isKnown(group))];
  const unknownRows = unknown.flatMap((group) => group.rows);
  // With ids in this place, a known word may be one of them: `cafe#u1` beside `sushi7#u1`.
  const areIds = unknown.length > UNKNOWN_HEADS_MAX && unknownRows.length * 2 > rows.length;
  const usual = signatureOf(unknownRows);
  const sureKnown = areIds ? known.filter((group) => differs(signatureOf(group.rows), usual)) : known;
  if (unknown.length > UNKNOWN_HEADS_MAX) return sureKnown;
  const sureUnknown = unknown.filter(
    (group) => isEverywhere(group, rows, context) || isApart(group, groups),
  );
  return [...sureKnown, ...sureUnknown];
}

function isKnown({ word }: Group): boolean {
  return isKnownWord(word) || /^v\d+$/i.test(word);
}

/** Nearly all rows have it, and many ids follow it. */
function isEverywhere({ word, rows: own }: Group, rows: readonly TextRow[], { isAlone }: Context): boolean {
  const tails = own.map(({ text }) => text);
  const isCommon = own.length >= ROWS_MIN && own.length >= rows.length * 0.9;
  if (!isCommon || distinctOf(tails) < TAILS_MIN || !isWordLike(word)) return false;
  // In a key of one attribute, the first of two ids would look like a literal if all rows were of one user.
  return !isAlone || tails.filter((tail) => /.[#:|/~$]./s.test(tail)).length >= tails.length * 0.9;
}

/** Its rows have other attributes than those of any other head, as those of another kind of item do. */
function isApart(group: Group, groups: readonly Group[]): boolean {
  const tails = distinctOf(group.rows.map(({ text }) => text));
  if (group.rows.length < TAILS_MIN || tails < TAILS_MIN || !isWordLike(group.word)) return false;
  const own = signatureOf(group.rows);
  const others = groups.filter((other) => other !== group);
  return others.length > 0 && others.every((other) => differs(own, signatureOf(other.rows)));
}

function isWordLike(word: string): boolean {
  return /^[A-Za-z][A-Za-z_-]{0,15}$/.test(word);
}

function weakGroups(rows: readonly TextRow[], { name }: Context): readonly Group[] {
  if (hasWord(name, 'user') || hasWord(name, 'thing')) return [];
  const known = groupsOf(rows, WEAK_HEAD).filter(({ word }) => isKnownWord(word));
  const isUsed = known.length > 1 || known.some(({ word }) => hasWord(word, 'favourite'));
  return isUsed ? known : [];
}

/** The attributes that at least half of the rows have. */
function signatureOf(rows: readonly TextRow[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { item } of rows) for (const name of Object.keys(item)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count * 2 >= rows.length).map(([name]) => name));
}

function differs(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const shared = [...a].filter((name) => b.has(name)).length;
  return shared < 0.7 * (a.size + b.size - shared);
}

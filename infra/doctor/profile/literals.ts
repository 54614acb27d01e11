/**
 * Finds the literals that the texts of a key attribute begin with, such as `USER#` and `FAV#`, and constants
 * such as `PROFILE`. An id must never pass for a literal, because literals are printed.
 */
import { countsOf, distinctOf, idText, type Item, shareOf } from './sample.ts';
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
  /** The names of all key attributes. */
  readonly keyNames: readonly string[];
}

const HEAD = /^([#:|/~$]*([A-Za-z][\w.-]{0,23})[#:|/~$]+)(.+)$/s;
/** `fav_17`: as weak as it is common in ids. */
const WEAK_HEAD = /^(([A-Za-z]{2,16})[_-])(.+)$/s;
const CONSTANT = /^[#:|/~$]*[A-Za-z][\w.-]{0,23}[#:|/~$]*$/;
const DEPTH_MAX = 3;
/** A word that no topic knows is a literal only where so many rows and ids show it. */
const ROWS_MIN = 20;
const TAILS_MIN = 5;
/** How many of their attributes two kinds of item may have in common. */
const OTHER_KIND_OVERLAP_MAX = 0.7;
const APART_OVERLAP_MAX = 0.34;
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
  const usual = signatureOf(unknownRows, context);
  const sureKnown = areIds
    ? known.filter((group) => overlap(signatureOf(group.rows, context), usual) < OTHER_KIND_OVERLAP_MAX)
    : known;
  if (unknown.length > UNKNOWN_HEADS_MAX) return sureKnown;
  const sureUnknown = unknown.filter(
    (group) =>
      isWordLike(group.word) &&
      !isAnId(group, context) &&
      (isEverywhere(group, rows, context) || isApart(group, groups, context)),
  );
  return [...sureKnown, ...sureUnknown];
}

function isKnown({ word }: Group): boolean {
  return isKnownWord(word) || /^v\d+$/i.test(word);
}

/**
 * Nearly all rows have it, and beside it there are two ids. With one id, the word could be the other one, of
 * a table with a single user.
 */
function isEverywhere({ rows: own }: Group, rows: readonly TextRow[], { name, keyNames }: Context): boolean {
  const tails = own.map(({ text }) => text);
  if (own.length < ROWS_MIN || own.length < rows.length * 0.9 || !areShared(tails)) return false;
  const other = keyNames.find((one) => one !== name);
  if (other === undefined) return shareOf(tails, (tail) => /.[#:|/~$]./s.test(tail)) >= 0.9;
  const texts = own.map(({ item }) => idText(item, other));
  // In a single-table design, the other attribute begins with a literal too, or it is an id.
  const heads = texts.map((text) => HEAD.exec(text ?? '')?.[1]);
  return distinctOf(texts) >= TAILS_MIN && distinctOf(heads) <= 1;
}

/** Several rows have the same, as ids of users and things do. */
function areShared(tails: readonly string[]): boolean {
  const distinct = distinctOf(tails);
  return distinct >= TAILS_MIN && distinct <= tails.length * 0.95;
}

/** Its rows have other attributes than those of any other head, as those of another kind of item do. */
function isApart(group: Group, groups: readonly Group[], context: Context): boolean {
  const tails = new Set(group.rows.map(({ text }) => text));
  if (group.rows.length < TAILS_MIN || tails.size < TAILS_MIN) return false;
  const own = signatureOf(group.rows, context);
  const others = groups.filter((other) => other !== group);
  const isOther = ({ rows }: Group): boolean => {
    const shared = shareOf(rows, ({ text }) => tails.has(text));
    const signature = signatureOf(rows, context);
    // The ids that follow are of other things, too.
    return signature.size > 0 && overlap(own, signature) < APART_OVERLAP_MAX && shared < APART_OVERLAP_MAX;
  };
  return own.size > 0 && others.length > 0 && others.every(isOther);
}

/** Whether another attribute of a row holds the word, so that it is an id. */
function isAnId({ word, rows }: Group, { name }: Context): boolean {
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

function weakGroups(rows: readonly TextRow[], { name }: Context): readonly Group[] {
  if (hasWord(name, 'user') || hasWord(name, 'thing')) return [];
  const known = groupsOf(rows, WEAK_HEAD).filter(({ word }) => isKnownWord(word));
  const isUsed = known.length > 1 || known.some(({ word }) => hasWord(word, 'favourite'));
  return isUsed ? known : [];
}

/** The attributes beside the key, and in which share of the rows each is. */
function signatureOf(rows: readonly TextRow[], { keyNames }: Context): ReadonlyMap<string, number> {
  const counts = countsOf(rows.flatMap(({ item }) => Object.keys(item)));
  const beside = [...counts].filter(([name]) => !keyNames.includes(name));
  return new Map(beside.map(([name, count]) => [name, count / rows.length]));
}

/** From 0, nothing in common, to 1, the same. */
function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const pairs = [...new Set([...a.keys(), ...b.keys()])].map(
    (name) => [a.get(name) ?? 0, b.get(name) ?? 0] as const,
  );
  const shared = pairs.reduce((sum, pair) => sum + Math.min(...pair), 0);
  const all = pairs.reduce((sum, pair) => sum + Math.max(...pair), 0);
  return all === 0 ? 1 : shared / all;
}

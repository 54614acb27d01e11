/**
 * Finds the literals that the texts of a key attribute begin with, such as `USER#` and `FAV#`, and constants
 * such as `PROFILE`. An id must never pass for a literal, because literals are printed.
 */
import {
  type Group,
  HEAD,
  isUnknownLiteral,
  type KeyContext,
  overlap,
  signatureOf,
  type TextRow,
  UNKNOWN_HEADS_MAX,
} from './literal-evidence.ts';
import { shareOf } from './sample.ts';
import { hasWord, isKnownWord } from './words.ts';

export interface KeyText {
  readonly literal: string;
  /** What follows the literal; undefined if the text is a literal alone. */
  readonly tail: string | undefined;
}

export type ReadKeyText = (text: string) => KeyText;

interface Node {
  readonly heads: ReadonlyMap<string, Node>;
  readonly constants: ReadonlySet<string>;
}

/** Such as `fav_17`. It is weak evidence, because ids look like this too. */
const WEAK_HEAD = /^(([A-Za-z]{2,16})[_-])(.+)$/s;
const CONSTANT = /^[#:|/~$]*[A-Za-z][\w.-]{0,23}[#:|/~$]*$/;
const DEPTH_MAX = 3;
/** The share of their attributes that two kinds of item may have in common. */
const OTHER_KIND_OVERLAP_MAX = 0.7;
const SHARED_TAILS_MIN = 0.2;

export function findLiterals(rows: readonly TextRow[], context: KeyContext): ReadKeyText {
  const root = nodeOf(rows, context, 0);
  // An attribute with the name of an id holds only ids, unless several kinds of item share it.
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

function nodeOf(rows: readonly TextRow[], context: KeyContext, depth: number): Node {
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
  context: KeyContext,
): readonly Group[] {
  const [known, unknown] = [groups.filter(isKnown), groups.filter((group) => !isKnown(group))];
  const unknownRows = unknown.flatMap((group) => group.rows);
  const areIds = unknown.length > UNKNOWN_HEADS_MAX && unknownRows.length * 2 > rows.length;
  const usual = signatureOf(unknownRows, context);
  const tails = new Set(unknownRows.map(({ text }) => text));
  // With ids in this place, a known word may be one of them: `mark#r1` and `star#r1` beside `ada#r1`.
  const sureKnown = known.filter((group) => {
    const isLike = overlap(signatureOf(group.rows, context), usual) >= OTHER_KIND_OVERLAP_MAX;
    const isShared = shareOf(group.rows, ({ text }) => tails.has(text)) >= SHARED_TAILS_MIN;
    return !isLike || (!areIds && !isShared) || unknownRows.length * 5 < group.rows.length;
  });
  const words = [...sureKnown.map(({ word }) => word), ...rows.map(({ text }) => text).filter(isConstant)];
  const given = { rows, groups, unknown, words, context };
  const sureUnknown = unknown.filter((group) => isUnknownLiteral(group, given));
  return [...sureKnown, ...sureUnknown];
}

function isKnown({ word }: Group): boolean {
  return isKnownWord(word) || /^v\d+$/i.test(word);
}

function weakGroups(rows: readonly TextRow[], { name }: KeyContext): readonly Group[] {
  if (hasWord(name, 'user') || hasWord(name, 'thing')) return [];
  const known = groupsOf(rows, WEAK_HEAD).filter(({ word }) => isKnownWord(word));
  const isUsed = known.length > 1 || known.some(({ word }) => hasWord(word, 'favourite'));
  return isUsed ? known : [];
}

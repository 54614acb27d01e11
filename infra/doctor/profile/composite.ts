/** Divides texts that hold two ids, such as `u1:r1`. */
import { type KeyText } from './literals.ts';
import { countsOf, distinctOf } from './sample.ts';
import { isKnownWord } from './words.ts';

export interface Composite {
  /** The literal before the first id, between both, and after the last one. */
  readonly prefix: string;
  readonly between: string;
  readonly suffix: string;
  /** Undefined for a text that is not of this form. */
  readonly read: (text: string) => readonly [string, string] | undefined;
}

/** Strong separators seldom occur within an id; weak ones often do. */
const strong = ['#', '::', '|', ':', '/', '~', '$', ';', ',', '__', '--', '->', '=>', '..'];
const weak = ['_', '-', '.', '@', '+', ' '];
const PIECES_MAX = 6;
/** Some rows may be broken. */
const SHARE_MIN = 0.9;

/** Undefined unless nearly all texts hold two ids between the same literals. */
export function findComposite(texts: readonly string[]): Composite | undefined {
  const found = [...strong, ...weak].flatMap((separator) => {
    const composite = compositeBy(separator, texts);
    return composite === undefined ? [] : [{ separator, ...composite }];
  });
  // The fewest pieces: in `user_1-post_2` the ids are `user_1` and `post_2`.
  const [best] = found.toSorted((a, b) => a.pieces - b.pieces);
  return best?.composite;
}

function compositeBy(separator: string, texts: readonly string[]) {
  const divided = texts.map((text) => text.split(separator));
  const usual = [...countsOf(divided.map(({ length }) => String(length)))].toSorted((a, b) => b[1] - a[1])[0];
  const pieces = Number(usual?.[0] ?? 0);
  if (pieces < 2 || pieces > PIECES_MAX || (usual?.[1] ?? 0) < texts.length * SHARE_MIN) return undefined;
  const rows = divided.filter(({ length }) => length === pieces);
  const literals = Array.from({ length: pieces }, (_, at) => literalAt(rows, at));
  const [first, second, ...more] = literals.flatMap((literal, at) => (literal === undefined ? [at] : []));
  if (first === undefined || second === undefined || more.length > 0) return undefined;
  // A constant that is no known word could be an id that all rows share. Then be stricter about the two
  // ids.
  const isWordless = literals.some((literal) => literal !== undefined && !isKnownWord(literal));
  if (!areIds(rows, [first, second], isWordless || weak.includes(separator))) return undefined;
  const join = (from: number, until: number) =>
    literals
      .slice(from, until)
      .map((literal) => `${literal}${separator}`)
      .join('');
  const suffix = literals
    .slice(second + 1)
    .map((literal) => `${separator}${literal}`)
    .join('');
  const literal = { prefix: join(0, first), between: separator + join(first + 1, second), suffix };
  return { pieces, composite: { ...literal, read: readerOf(literal) } };
}

/** The text that nearly all rows have in this place. */
function literalAt(rows: readonly (readonly string[])[], at: number): string | undefined {
  const counts = countsOf(rows.map((row) => row[at]));
  const [text, count] = [...counts].toSorted((a, b) => b[1] - a[1])[0] ?? ['', 0];
  // One user with all rows could pass for a literal. The caller prevents that: two other places must vary.
  return rows.length > 1 && count >= rows.length * 0.98 ? text : undefined;
}

function areIds(
  rows: readonly (readonly string[])[],
  places: readonly [number, number],
  areShared: boolean,
): boolean {
  return places.every((at) => {
    const values = rows.map((row) => row[at]);
    if (
      values.some((value) => value === '') &&
      values.filter((value) => value === '').length > rows.length * 0.1
    )
      return false;
    // Several rows share an id, but seldom a part of a name, of a UUID or of a time.
    return !areShared || distinctOf(values) <= rows.length * 0.8;
  });
}

function readerOf({ prefix, between, suffix }: Omit<Composite, 'read'>): Composite['read'] {
  return (text) => {
    if (!text.startsWith(prefix) || !text.endsWith(suffix)) return undefined;
    const inner = text.slice(prefix.length, text.length - suffix.length);
    const at = inner.indexOf(between);
    if (at < 1 || inner.indexOf(between, at + 1) >= 0) return undefined;
    const second = inner.slice(at + between.length);
    return second === '' ? undefined : [inner.slice(0, at), second];
  };
}

/** Such as `USER#…`. */
export function formOfKeyText({ literal, tail }: KeyText): string {
  return tail === undefined ? literal : `${literal}…`;
}

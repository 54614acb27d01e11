/**
 * The pattern of a key attribute, such as `USER#{user}` or `{restaurant}#{user}`. It reads the ids in a text,
 * and writes the text for ids. These are exact inverses, because a text that can be read in two ways is
 * unreadable.
 */
export type IdName = 'restaurant' | 'user';
export type Ids = Readonly<Partial<Record<IdName, string>>>;

export interface KeyPattern {
  /** The ids that the pattern holds, in the order of the text. */
  readonly names: readonly IdName[];
  /** The literal before the first id; the whole pattern if there is no id. */
  readonly prefix: string;
  /** The literal after the last id. */
  readonly suffix: string;
  /**
   * `other`: the text lacks a literal of the pattern, so it belongs to another kind of item. `unreadable`: an
   * id is empty, or the literal between the ids occurs more than once. If that is the only literal of the
   * pattern, a text without it is unreadable too.
   */
  read(text: string): Ids | 'other' | 'unreadable';
  write(ids: Ids): string;
}

const PLACEHOLDER = /\{(restaurant|user)\}/;

/** @throws {RangeError} what is wrong with the pattern, to follow the name of its setting. */
export function parseKeyPattern(pattern: string): KeyPattern {
  // Literals are at the even places, ids at the odd ones.
  const parts = pattern.split(PLACEHOLDER);
  const literals = parts.filter((_, at) => at % 2 === 0);
  const names = parts.filter((_, at) => at % 2 === 1) as IdName[];
  const strange = literals.join('').match(/\{[^{}]*\}?|\}/)?.[0];
  if (pattern === '') throw new RangeError('is empty; leave it out if the attribute holds no id');
  if (strange !== undefined) {
    throw new RangeError(`has ${strange}, but the only placeholders are {restaurant} and {user}`);
  }
  if (new Set(names).size < names.length) throw new RangeError('holds the same id twice');
  const [prefix = '', between = ''] = literals;
  const suffix = names.length === 0 ? '' : (literals.at(-1) ?? '');
  if (names.length === 2 && between === '') {
    throw new RangeError('needs a literal between {restaurant} and {user}, or nothing sets the ids apart');
  }
  return {
    names,
    prefix,
    suffix,
    read: (text) => read(text, { names, prefix, between, suffix }),
    write: (ids) => parts.map((part, at) => (at % 2 === 0 ? part : (ids[part as IdName] ?? ''))).join(''),
  };
}

function read(
  text: string,
  pattern: {
    readonly names: readonly IdName[];
    readonly prefix: string;
    readonly between: string;
    readonly suffix: string;
  },
): Ids | 'other' | 'unreadable' {
  const { names, prefix, between, suffix } = pattern;
  const [first, second] = names;
  if (first === undefined) return text === prefix ? {} : 'other';
  if (text.length < prefix.length + suffix.length) return 'other';
  if (!text.startsWith(prefix) || !text.endsWith(suffix)) return 'other';
  const inner = text.slice(prefix.length, text.length - suffix.length);
  if (second === undefined) return inner === '' ? 'unreadable' : { [first]: inner };
  const at = inner.indexOf(between);
  if (at < 0) return prefix === '' && suffix === '' ? 'unreadable' : 'other';
  const ids = [inner.slice(0, at), inner.slice(at + between.length)] as const;
  // Two occurrences may overlap, so the second search begins inside the first one.
  if (ids.includes('') || inner.includes(between, at + 1)) return 'unreadable';
  return { [first]: ids[0], [second]: ids[1] };
}

/**
 * The option `--counter-id`: where the rows of the team's counter have the id of the restaurant. It is an
 * attribute, or attributes with patterns such as `PK=REST#{restaurant},SK=META`. Rows that do not match the
 * patterns are other kinds of item.
 */
import { readId } from '../../src/counting/source/attributes.ts';
import { type KeyPattern, parseKeyPattern } from '../../src/counting/source/key-pattern.ts';
import { plainNumber } from '../../src/counting/source/number-text.ts';
import type { Option } from '../command-line/parse-command-line.ts';
import type { Item, KeyAttribute } from './read/table-reader.ts';

export interface CounterId {
  readonly text: string;
  readonly attributes: readonly string[];
  /** Undefined if the item is of another kind. */
  readonly restaurantOf: (item: Item) => string | undefined;
  /** Whether it determines the values of these attributes. */
  readonly covers: (key: readonly KeyAttribute[]) => boolean;
  /** The values of these attributes for a restaurant. Undefined: no row can have them. */
  readonly valuesOf: (key: readonly KeyAttribute[], restaurantId: string) => Item | undefined;
}

export const counterIdOption: Option<CounterId> = {
  placeholder: 'ID',
  help: "where your counter has the restaurant's id: restaurantId, or 'PK=REST#{restaurant}'",
  parse: parseCounterId,
};

/** @throws {Error} what is wrong and what to write instead */
export function parseCounterId(text: string): CounterId {
  const patterns = new Map<string, KeyPattern>();
  // A literal may have a comma, but then no equals sign after it.
  for (const part of text.split(/,(?=[^,={}]+=)/)) {
    const [name = '', pattern] = /^([^=]+)=(.*)$/s.exec(part)?.slice(1) ?? [part, '{restaurant}'];
    if (patterns.has(name)) throw new Error(`${name} is named twice`);
    patterns.set(name, patternOf(name, pattern ?? ''));
  }
  const names = [...patterns.values()].flatMap((pattern) => pattern.names);
  if (names.join() !== 'restaurant') {
    throw new Error(
      'expected an attribute such as restaurantId, or {restaurant} once, as in ' +
        "'PK=REST#{restaurant},SK=META'",
    );
  }
  const covers = (key: readonly KeyAttribute[]) => key.every(({ name }) => patterns.has(name));
  return {
    text,
    attributes: [...patterns.keys()],
    covers,
    restaurantOf(item) {
      let restaurantId: string | undefined;
      for (const [name, pattern] of patterns) {
        const ids = pattern.read(readId(item[name]) ?? '');
        if (typeof ids === 'string') return undefined;
        restaurantId = ids.restaurant ?? restaurantId;
      }
      return restaurantId;
    },
    valuesOf(key, restaurantId) {
      const values: Record<string, Item[string]> = {};
      for (const { name, type } of key) {
        const value = patterns.get(name)?.write({ restaurant: restaurantId });
        if (value === undefined) return undefined;
        if (type === 'N' && plainNumber(value) !== value) return undefined;
        values[name] = type === 'N' ? { N: value } : { S: value };
      }
      return values;
    },
  };
}

function patternOf(name: string, pattern: string): KeyPattern {
  try {
    return parseKeyPattern(pattern);
  } catch (cause) {
    throw new Error(`the pattern of ${name} ${(cause as RangeError).message}`, { cause });
  }
}

/** Statistics of the attributes of some rows. */
import { member, typeOf } from '../../../src/counting/source/attributes.ts';
import { plainNumber } from '../../../src/counting/source/number-text.ts';
import { type Dates, datesIn } from './dates.ts';
import { countsOf, distinctOf, idText, type Item } from './sample.ts';

export interface Column {
  readonly name: string;
  /** How many rows have the attribute. */
  readonly present: number;
  /** How many rows there are. */
  readonly rows: number;
  /** The most frequent type first, such as `S`. */
  readonly types: readonly (readonly [type: string, rows: number])[];
  readonly dates: Dates | undefined;
  /** The different values with the number of rows of each; undefined if there are many. */
  readonly fewValues: readonly FewValue[] | undefined;
  /** Of each row, the text or number as an id. */
  readonly ids: readonly (string | undefined)[];
  /** Of each row, the value in DynamoDB's JSON. */
  readonly values: readonly unknown[];
  readonly distinctIds: number;
}

export interface FewValue {
  readonly type: string;
  readonly value: string | boolean | undefined;
  readonly rows: number;
}

/** A flag, a status or a kind has at most this many values. */
const FEW_VALUES_MAX = 12;

export function columnsOf(items: readonly Item[]): readonly Column[] {
  const names = new Set(items.flatMap((item) => Object.keys(item)));
  return [...names].map((name) => columnOf(name, items));
}

function columnOf(name: string, items: readonly Item[]): Column {
  const values = items.flatMap((item) => (Object.hasOwn(item, name) ? [item[name]] : []));
  const ids = items.map((item) => idText(item, name));
  return {
    name,
    present: values.length,
    rows: items.length,
    types: [...countsOf(values.map(typeOf))].toSorted((a, b) => b[1] - a[1]),
    dates: datesIn(values.filter((value) => member(value, 'NULL') !== true)),
    fewValues: fewValuesOf(values),
    ids,
    values: items.map((item) => member(item, name)),
    distinctIds: distinctOf(ids),
  };
}

function fewValuesOf(values: readonly unknown[]): readonly FewValue[] | undefined {
  const counts = new Map<string, { type: string; value: string | boolean | undefined; rows: number }>();
  for (const value of values) {
    const type = typeOf(value);
    const inner = member(value, type);
    const text = type === 'N' ? plainNumber(inner) : inner;
    const plain = typeof text === 'string' || typeof text === 'boolean' ? text : undefined;
    const key = JSON.stringify([type, plain]);
    const counted = counts.get(key);
    if (counted !== undefined) counted.rows += 1;
    else counts.set(key, { type, value: plain, rows: 1 });
    if (counts.size > FEW_VALUES_MAX) return undefined;
  }
  return [...counts.values()].toSorted((a, b) => b.rows - a.rows);
}

/** The items of a sample, and the texts in them. */
import { member, readId } from '../../../src/counting/source/attributes.ts';

/** An item in DynamoDB's JSON. */
export type Item = Readonly<Record<string, unknown>>;

export interface KeyName {
  readonly name: string;
  /** Such as `S`. */
  readonly type: string;
}

export interface Sample {
  readonly tableName: string;
  /** The partition key, then the sort key if there is one. */
  readonly key: readonly KeyName[];
  readonly items: readonly Item[];
}

/** The id in an attribute as the product reads it: text, or a number as plain digits. */
export function idText(item: Item, name: string): string | undefined {
  return readId(member(item, name)) ?? undefined;
}

export function distinctOf(values: readonly (string | undefined)[]): number {
  return new Set(values.filter((value) => value !== undefined)).size;
}

/** How often the most frequent value occurs. */
export function mostOf(values: readonly (string | undefined)[]): number {
  let most = 0;
  // A sample may have more different values than a call takes arguments.
  for (const times of countsOf(values).values()) most = Math.max(most, times);
  return most;
}

export function countsOf(values: Iterable<string | undefined>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

export function shareOf<T>(values: readonly T[], holds: (value: T) => boolean): number {
  return values.length === 0 ? 0 : values.filter(holds).length / values.length;
}

/**
 * Decides whether an image counts, and with which date. The condition comes first, so a deleted row needs no
 * date.
 */
import { type Rejection, rejection } from '../rejection.ts';
import { type CreatedAt, UNDATED } from '../time-window.ts';
import { formOf, member } from './attributes.ts';
import { type AttributeValue, createdAtReader } from './created-at.ts';
import type { Ids } from './key-pattern.ts';
import { plainNumber } from './number-text.ts';
import type { Condition, IdAttribute, Source } from './source.ts';

export type Verdict =
  | { readonly kind: 'counts'; readonly createdAt: CreatedAt }
  | 'does-not-count'
  | Rejection;

/** @param ids the ids in the key of the image */
export type Judge = (image: unknown, ids: Ids) => Verdict;

export function createJudge(source: Source, timeZone: string): Judge {
  const isMet = source.countedWhen && conditionReader(source.countedWhen);
  const since = sinceReader(source.createdAt, timeZone);
  return (image, ids) => {
    if (!agrees(image, source.restaurant, ids.restaurant) || !agrees(image, source.user, ids.user)) {
      return rejection('ids-disagree', 'expected the ids in the attributes to equal those in the key');
    }
    const counts = isMet === undefined || isMet(image);
    if (counts === false) return 'does-not-count';
    if (counts !== true) return counts;
    const createdAt = since(image);
    return typeof createdAt === 'string' ? { kind: 'counts', createdAt } : createdAt;
  };
}

/**
 * An image may leave out an id that is in the key. If it has the id, the two must be equal, or equal as
 * numbers.
 */
function agrees(image: unknown, id: IdAttribute | undefined, expected: string | undefined): boolean {
  if (id === undefined || expected === undefined) return true;
  const value = member(image, id.attribute);
  if (value === undefined) return true;
  const number = plainNumber(member(value, 'N'));
  return number === undefined ? member(value, 'S') === expected : number === plainNumber(expected);
}

function conditionReader({ attribute, equals, notEquals, exists }: Condition) {
  if (exists !== undefined) return (image: unknown) => (member(image, attribute) !== undefined) === exists;
  const expected = equals ?? notEquals;
  const type =
    ({ string: 'S', number: 'N', boolean: 'BOOL' } as Record<string, string>)[typeof expected] ?? '';
  const wanted = typeof expected === 'number' ? plainNumber(String(expected)) : expected;
  const wantsEqual = equals !== undefined;
  return (image: unknown): boolean | Rejection => {
    const value = member(image, attribute);
    if (value === undefined) return !wantsEqual;
    const found = member(value, type);
    const plain = type === 'N' ? plainNumber(found) : found;
    if (typeof plain !== typeof wanted) {
      const detail = `expected the type ${type} in ${attribute}, found ${formOf(value)}`;
      return rejection('unreadable-condition', detail);
    }
    return (plain === wanted) === wantsEqual;
  };
}

function sinceReader(
  createdAt: Source['createdAt'],
  timeZone: string,
): (image: unknown) => CreatedAt | Rejection {
  if (createdAt === 'none') return () => UNDATED;
  const { attribute, format } = createdAt;
  const read = createdAtReader(createdAt, timeZone);
  return (image) => {
    const value = member(image, attribute);
    const found = () => `expected a date as ${format} in ${attribute}, found ${formOf(value)}`;
    return read(value as AttributeValue | undefined) ?? rejection('unreadable-created-at', found());
  };
}

/** The members `key` and `restaurant` of the source, for the rows of one kind. */
import type { IdAttribute, KeyAttribute } from '../../../src/counting/source/source.ts';
import type { Id, KindIds } from '../profile/ids.ts';
import type { Kind } from '../profile/kinds.ts';
import { idText, type KeyName } from '../profile/sample.ts';
import { hasWord, isKnownWord, leaningOf } from '../profile/words.ts';
import type { Finding } from './proposal.ts';
import { assignRoles, isRowId } from './roles.ts';

export interface KeyChoice {
  readonly key: readonly KeyAttribute[];
  readonly restaurant?: IdAttribute;
  readonly findings: readonly Finding[];
  readonly problems: readonly string[];
  readonly user: Id | undefined;
  readonly restaurantId: Id;
}

interface Given {
  readonly kind: Kind;
  readonly ids: KindIds;
  readonly key: readonly KeyName[];
  /** Whether the table has other kinds of item. */
  readonly isShared: boolean;
}

/** Undefined if the rows hold no id of a thing that is marked. */
export function chooseKey(given: Given): KeyChoice | undefined {
  const { ids, key } = given;
  const [first, second] = ids.inKey;
  if (first !== undefined && second !== undefined && !isRowIdBeside(given, first, second)) {
    const roles = assignRoles(first, second);
    const attribute = attributeInstead(given, roles.restaurant);
    if (attribute !== undefined) return inAttribute(given, attribute, roles.user);
    return inKey(given, roles);
  }
  const keyId = ids.inKey.find((id) => !isRowId(id, key.length));
  const thing = thingAmong(ids.inAttributes, keyId);
  if (keyId !== undefined && (keyId.leaning < 0 || (thing === undefined && keyId.leaning === 0))) {
    const user = ids.inAttributes.find(({ leaning }) => leaning > 0);
    if (key.length === 2) return restaurantInKey(given, keyId, user);
  }
  if (thing === undefined) return undefined;
  const user = keyId ?? ids.inAttributes.find((id) => id !== thing && id.leaning > 0);
  return inAttribute(given, thing, user);
}

/** Whether one of the two ids in the key only names the row, while an attribute holds what is marked. */
function isRowIdBeside({ ids, key }: Given, first: Id, second: Id): boolean {
  const named = ids.inAttributes.filter(({ leaning }) => leaning < 0);
  const apart = named.filter(({ place }) =>
    [first, second].every(({ aliases }) => place.at !== undefined || !aliases.includes(place.attribute)),
  );
  if (apart.length === 0) return false;
  return [first, second].some((id) => isRowId(id, key.length) && id.leaning === 0);
}

/** The id attribute whose name says most clearly that it is marked. */
function thingAmong(ids: readonly Id[], user: Id | undefined): Id | undefined {
  const users = ids.filter(({ leaning }) => leaning > 0);
  const isAlias = ({ place }: Id) =>
    place.at === undefined && user?.aliases.includes(place.attribute) === true;
  const things = ids.filter((id) => id.leaning < 0 && !isAlias(id));
  // Without a name that says so, an id that several rows share, beside a user.
  const others = ids.filter((id) => id.leaning === 0 && id.distinct < id.values.length && !isAlias(id));
  const hasUser = users.length > 0 || (user?.leaning ?? 0) > 0;
  return (
    things.toSorted((a, b) => a.leaning - b.leaning || b.distinct - a.distinct)[0] ??
    (hasUser ? others.toSorted((a, b) => b.distinct - a.distinct)[0] : undefined)
  );
}

/**
 * The attribute to read the restaurant from although the key holds it too: ids may contain the literal
 * between them, so the key alone can be read in two ways.
 */
function attributeInstead({ kind, ids }: Given, restaurant: Id): Id | undefined {
  const { at } = restaurant.place;
  const composite = at === undefined ? undefined : ids.composites[at];
  if (composite === undefined) return undefined;
  const same = ids.inAttributes.find(
    ({ place }) => place.at === undefined && restaurant.aliases.includes(place.attribute),
  );
  if (same === undefined || same.place.at !== undefined) return undefined;
  const name = same.place.attribute;
  const isContained = kind.rows.some(({ item }) => idText(item, name)?.includes(composite.between) === true);
  const words = [composite.prefix, composite.between, composite.suffix].join('#').split(/[#:|/~$_.,;-]+/);
  const isOdd = words.some((word) => word !== '' && !isKnownWord(word));
  const isPartial = kind.rows.some(({ item }) => idText(item, name) === undefined);
  return isContained || isOdd || isPartial ? same : undefined;
}

function inKey(given: Given, { user, restaurant, isSure, why }: ReturnType<typeof assignRoles>): KeyChoice {
  const { kind, ids } = given;
  const nameOf = (id: Id | undefined) => (id === restaurant ? '{restaurant}' : '{user}');
  const patterns = given.key.map((_, at) => {
    const literal = kind.literals[at]?.literal ?? '';
    const own = [user, restaurant].filter(({ place }) => place.at === at);
    const composite = ids.composites[at];
    if (kind.literals[at]?.isAll) return literal;
    if (own.length === 0) return undefined;
    if (composite === undefined) return `${literal}${nameOf(own[0])}`;
    const byPart = own.toSorted((a, b) => partOf(a) - partOf(b));
    const { prefix, between, suffix } = composite;
    return `${literal}${prefix}${nameOf(byPart[0])}${between}${nameOf(byPart[1])}${suffix}`;
  });
  const finding = { member: 'key', isSure, text: why };
  return withPatterns(given, patterns, { findings: [finding], user, restaurantId: restaurant });
}

function partOf({ place }: Id): number {
  return place.at === undefined ? 0 : (place.part ?? 0);
}

/** The partition key or the sort key is the restaurant, and the rest of the key only names the row. */
function restaurantInKey(given: Given, restaurantId: Id, user: Id | undefined): KeyChoice {
  const patterns = given.key.map((_, at) => {
    const { literal = '', isAll = false } = given.kind.literals[at] ?? {};
    if (restaurantId.place.at === at) return `${literal}{restaurant}`;
    return isAll ? literal : undefined;
  });
  const sign = restaurantId.signs[0] ?? 'that several rows share it';
  const text = `${sign} says that this id is what users mark; the rest of the key only names the row`;
  const finding = { member: 'key', isSure: restaurantId.leaning <= -3, text };
  return withPatterns(given, patterns, { findings: [finding], user, restaurantId });
}

/** The restaurant is in an attribute, and the key names the row. Its literals tell the kinds apart. */
function inAttribute(given: Given, restaurantId: Id, user: Id | undefined): KeyChoice {
  const { kind, ids } = given;
  const attribute = restaurantId.place.at === undefined ? restaurantId.place.attribute : '';
  const marked = given.key.flatMap((_, at) => (kind.literals[at]?.literal ? [at] : []));
  // Only one attribute can have the placeholder, unless both hold the same id: the literal that says most.
  const telling = marked.find((at) => hasWord(kind.literals[at]?.literal ?? '', 'favourite')) ?? marked[0];
  const isUser = (at: number) =>
    user !== undefined && user.place.at === at && ids.composites[at] === undefined;
  const patterns = given.key.map((_, at) => {
    const { literal = '', isAll = false } = kind.literals[at] ?? {};
    if (isAll) return literal;
    return at === telling ||
      (telling === undefined && isUser(at) && user?.leaning !== 0 && given.key.length > 1)
      ? `${literal}{user}`
      : undefined;
  });
  const isNamed = restaurantId.leaning < 0;
  const why = isNamed ? 'its name says so' : 'no name says so, but several rows share it';
  const stand = telling !== undefined && !isUser(telling);
  const findings: Finding[] = [
    { member: 'restaurant', isSure: isNamed, text: `${attribute} is what users mark: ${why}` },
    ...(stand
      ? [
          {
            member: 'key',
            isSure: true,
            text: `{user} in the pattern matches any text, here the id of the row`,
          },
        ]
      : []),
  ];
  return { ...withPatterns(given, patterns, { findings, user, restaurantId }), restaurant: { attribute } };
}

function withPatterns(
  { key, isShared }: Given,
  patterns: readonly (string | undefined)[],
  choice: Pick<KeyChoice, 'findings' | 'user' | 'restaurantId'>,
): KeyChoice {
  const [partition, sort] = patterns;
  const problems: string[] = [];
  let used = patterns;
  // A sort key without a literal under a partition key with one matches every kind of item; it is refused.
  const isMarked = (pattern = '') => /\{/.test(pattern) && !pattern.startsWith('{');
  if (isMarked(partition) && sort !== undefined && /^\{\w+\}$/.test(sort) && key[1]?.type === 'S') {
    used = [partition?.replace(/^[^{]*/, '').replace(/\}[^}]*$/, '}'), sort];
    const literal = partition?.replace(/\{.*$/s, '');
    problems.push(
      'The sort key of the favourites has no literal. So the whole partition key is taken as an id, ' +
        `including ${literal}` +
        (isShared ? '. Other kinds of item in the table then count, or are rejected' : ''),
    );
  }
  const attributes = key.map(({ name, type }, at) => ({
    name,
    type: type === 'N' ? ('N' as const) : ('S' as const),
    ...(used[at] !== undefined && { pattern: used[at] }),
  }));
  return { ...choice, key: attributes, problems };
}

/** Whether the key's own name says that its rows are things or users, such as `product_id`. */
export function isNamedAfterNoun(key: readonly KeyName[]): boolean {
  return key.length === 1 && key.some(({ name }) => leaningOf(name) !== 0);
}

/** Reads and checks the setting `source`. It names every mistake at once, and what to do about each. */
import { isObject } from '../../src/counting/source/attributes.ts';
import { plainNumber } from '../../src/counting/source/number-text.ts';
import { type IdName, type KeyPattern, parseKeyPattern } from '../../src/counting/source/key-pattern.ts';
import {
  type Condition,
  type DateAttribute,
  dateFormats,
  type IdAttribute,
  isRestaurantInKey,
  type KeyAttribute,
  type Scalar,
  type Source,
} from '../../src/counting/source/source.ts';
import { isTimeZone } from '../../src/counting/time-zone.ts';

export type SourceReading =
  | { readonly kind: 'source'; readonly source: Source }
  /** Each begins with the path of what is wrong, such as `key[0].pattern`. */
  | { readonly kind: 'issues'; readonly issues: readonly string[] };

/** Adds one issue about the part of the source at that path. */
type Report = (path: string, issue: string) => void;

/** Bytes of UTF-8 in the name of an attribute (Naming rules). */
const NAME_BYTES_MAX = 255;
/** Bytes of the description: the variables of a Lambda function have 4 KB in total (Lambda quotas). */
const SOURCE_BYTES_MAX = 2_048;

export function readSource(given: unknown): SourceReading {
  const issues: string[] = [];
  const report: Report = (path, issue) => issues.push(path === '' ? issue : `${path} ${issue}`);
  const source = sourceOf(given, report);
  if (source === undefined) return { kind: 'issues', issues };
  // A key that is wrong by itself would only add issues that follow from it.
  if (!issues.some((issue) => issue.startsWith('key'))) checkTogether(source, report);
  return issues.length > 0 ? { kind: 'issues', issues } : { kind: 'source', source };
}

function sourceOf(given: unknown, report: Report): Source | undefined {
  if (!isObject(given) || Array.isArray(given)) {
    report('', 'must be an object such as { "key": […], "createdAt": … }');
    return undefined;
  }
  const { key, restaurant, user, createdAt, countedWhen, updates, ...others } = given;
  const names = 'key, restaurant, user, createdAt, countedWhen and updates';
  for (const name of Object.keys(others)) report(name, `is not known; a source has ${names}`);
  if (updates !== undefined && typeof updates !== 'boolean') report('updates', 'must be true or false');
  return {
    key: keyOf(key, report),
    ...(restaurant !== undefined && { restaurant: idOf('restaurant', restaurant, report) }),
    ...(user !== undefined && { user: idOf('user', user, report) }),
    createdAt: createdAtOf(createdAt, report),
    ...(countedWhen !== undefined && { countedWhen: conditionOf(countedWhen, report) }),
    ...(typeof updates === 'boolean' && { updates }),
  };
}

function keyOf(given: unknown, report: Report): readonly KeyAttribute[] {
  if (!Array.isArray(given) || given.length < 1 || given.length > 2) {
    report('key', 'must list the partition key, then the sort key if there is one');
    return [];
  }
  return given.map((attribute: unknown, at): KeyAttribute => {
    const path = `key[${at}]`;
    const known = membersOf(attribute, { path, names: ['name', 'type', 'pattern'], report });
    const { name, type, pattern } = known;
    const isType = type === 'S' || type === 'N';
    if (!isType) report(`${path}.type`, 'must be "S" for text or "N" for a number');
    if (pattern !== undefined) checkPattern(`${path}.pattern`, pattern, type, report);
    return {
      name: nameOf(`${path}.name`, name, report),
      type: isType ? type : 'S',
      ...(typeof pattern === 'string' && { pattern }),
    };
  });
}

function checkPattern(path: string, pattern: unknown, type: unknown, report: Report): void {
  if (typeof pattern !== 'string') return report(path, 'must be text such as "FAV#{restaurant}"');
  if (type === 'N' && !/^\{(restaurant|user)\}$/.test(pattern)) {
    return report(path, 'of a number must be {restaurant} or {user} alone');
  }
  try {
    parseKeyPattern(pattern);
  } catch (thrown) {
    report(path, (thrown as RangeError).message);
  }
}

function idOf(path: string, given: unknown, report: Report): IdAttribute {
  const { attribute } = membersOf(given, { path, names: ['attribute'], report });
  return { attribute: nameOf(`${path}.attribute`, attribute, report) };
}

function createdAtOf(given: unknown, report: Report): Source['createdAt'] {
  if (given === 'none') return given;
  const path = 'createdAt';
  const examples = '"none" or an object such as { "attribute": "createdAt", "format": "rfc3339" }';
  if (!isObject(given)) {
    report(path, `must be ${examples}`);
    return 'none';
  }
  const { attribute, format, zone } = membersOf(given, {
    path,
    names: ['attribute', 'format', 'zone'],
    report,
  });
  const known = dateFormats.find((name) => name === format);
  if (known === undefined) report(`${path}.format`, `must be one of ${dateFormats.join(', ')}`);
  checkZone(known, zone, report);
  return {
    attribute: nameOf(`${path}.attribute`, attribute, report),
    format: known ?? 'rfc3339',
    ...(typeof zone === 'string' && { zone }),
  };
}

function checkZone(format: DateAttribute['format'] | undefined, zone: unknown, report: Report): void {
  const path = 'createdAt.zone';
  if (format !== 'sql') {
    if (zone !== undefined && format !== undefined)
      report(path, 'belongs to the format sql only; leave it out');
  } else if (typeof zone !== 'string' || !isTimeZone(zone)) {
    report(path, 'must be an IANA time zone such as UTC or Europe/Berlin, because sql dates name none');
  }
}

function conditionOf(given: unknown, report: Report): Condition {
  const path = 'countedWhen';
  const names = ['attribute', 'equals', 'notEquals', 'exists'] as const;
  const { attribute, ...tests } = membersOf(given, { path, names, report });
  const present = Object.entries(tests).filter(([, value]) => value !== undefined);
  if (present.length !== 1) report(path, 'needs exactly one of equals, notEquals and exists');
  const { equals, notEquals, exists } = tests;
  for (const [name, value] of [
    ['equals', equals],
    ['notEquals', notEquals],
  ] as const) {
    if (value !== undefined && !isScalar(value)) {
      report(`${path}.${name}`, 'must be text, a number of up to 15 digits, true or false');
    }
  }
  if (exists !== undefined && typeof exists !== 'boolean') report(`${path}.exists`, 'must be true or false');
  return {
    attribute: nameOf(`${path}.attribute`, attribute, report),
    ...(isScalar(equals) && { equals }),
    ...(isScalar(notEquals) && { notEquals }),
    ...(typeof exists === 'boolean' && { exists }),
  };
}

/** A number of JSON keeps about 15 digits, so a longer one would not be the number that was written. */
function isScalar(value: unknown): value is Scalar {
  if (typeof value !== 'number') return typeof value === 'string' || typeof value === 'boolean';
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER && plainNumber(String(value)) !== undefined;
}

function nameOf(path: string, given: unknown, report: Report): string {
  const isName = typeof given === 'string' && given !== '' && given.isWellFormed();
  if (!isName || new TextEncoder().encode(given).length > NAME_BYTES_MAX) {
    report(path, `must be the name of an attribute, of 1 to ${NAME_BYTES_MAX} bytes`);
  }
  if (given === '__proto__') report(path, 'must be another name, because the AWS SDK loses its values');
  return isName ? given : '';
}

/** The members of an object; each one that is not known is an issue. */
function membersOf<const Name extends string>(
  given: unknown,
  {
    path,
    names,
    report,
  }: { readonly path: string; readonly names: readonly Name[]; readonly report: Report },
): Readonly<Partial<Record<Name, unknown>>> {
  if (!isObject(given) || Array.isArray(given)) {
    report(path, `must be an object with ${names.join(', ')}`);
    return {} as Partial<Record<Name, unknown>>;
  }
  for (const name of Object.keys(given)) {
    if (!names.some((known) => known === name)) {
      report(`${path}.${name}`, `is not known; ${path} has ${names.join(', ')}`);
    }
  }
  return given as Partial<Record<Name, unknown>>;
}

/** Checks the parts against each other. By now, the key is sound by itself. */
function checkTogether(source: Source, report: Report): void {
  const [partition, sort] = source.key.map(({ pattern }) =>
    pattern === undefined ? undefined : parseKeyPattern(pattern),
  );
  if (source.key[0]?.name === source.key[1]?.name) report('key', 'names the same attribute twice');
  if (!isRestaurantInKey(source) && source.restaurant === undefined) {
    const remedy = 'put {restaurant} into a pattern of the key, or give { "attribute": … }';
    report('restaurant', `is missing: ${remedy}`);
  }
  checkIds(
    source,
    [partition, sort].flatMap((pattern) => pattern?.names ?? []),
    report,
  );
  if (matchesOtherKinds(partition, sort) && source.key[1]?.type === 'S') {
    const matched = `every kind of item under ${source.key[0]?.pattern}`;
    const remedy = 'begin it with a literal such as FAV#, or see docs/source.md';
    report('key[1].pattern', `matches ${matched}: ${remedy}`);
  }
  if (source.updates === false && (source.countedWhen !== undefined || !isRestaurantInKey(source))) {
    report(
      'updates',
      'must be true or left out, because an update can change whether a row counts, or its restaurant',
    );
  }
  const bytes = new TextEncoder().encode(JSON.stringify(source)).length;
  if (bytes > SOURCE_BYTES_MAX)
    report('', `is ${bytes} bytes of JSON; at most ${SOURCE_BYTES_MAX} are allowed`);
}

/** @param names the ids in the key */
function checkIds(source: Source, names: readonly IdName[], report: Report): void {
  if (source.key.every(({ pattern }) => pattern !== undefined) && !names.includes('user')) {
    if (isRestaurantInKey(source)) {
      report('key', 'holds no user, so a restaurant could have only one row: put {user} into a pattern');
    } else if (source.restaurant !== undefined) {
      report('key', 'holds no id, so the table could have only one row: put {user} into a pattern');
    }
  }
  for (const id of ['restaurant', 'user'] as const) {
    const checked = source.key.find(({ name }) => name === source[id]?.attribute)?.pattern;
    // Such a check would reject every row, because the whole attribute is never the id in it.
    if (names.includes(id) && checked !== undefined && checked !== `{${id}}`) {
      report(`${id}.attribute`, `is a part of the key with the pattern ${checked}; leave ${id} out`);
    }
  }
}

/**
 * A literal in the partition key, such as `USER#`, suggests a table with many kinds of item. A sort key
 * without a literal matches all of them, unless the partition key is one literal, which holds one kind.
 */
function matchesOtherKinds(partition: KeyPattern | undefined, sort: KeyPattern | undefined): boolean {
  const isMarked = (pattern: KeyPattern | undefined) =>
    `${pattern?.prefix ?? ''}${pattern?.suffix ?? ''}` !== '';
  const hasId = partition !== undefined && partition.names.length > 0;
  return hasId && isMarked(partition) && sort !== undefined && !isMarked(sort);
}

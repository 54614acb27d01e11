/** From a sample of a table to the settings that describe it: plain data in, plain data out. */
import { createMapping } from '../../../src/counting/mapping.ts';
import { defaultSource, isRestaurantInKey, type Source } from '../../../src/counting/source/source.ts';
import { UTC } from '../../../src/counting/time-zone.ts';
import { columnsOf } from '../profile/columns.ts';
import { idsOf, type Id, type KindIds, partsOf } from '../profile/ids.ts';
import type { Kind } from '../profile/kinds.ts';
import { type Item, type Sample, shareOf } from '../profile/sample.ts';
import { hasWord, wordsOf } from '../profile/words.ts';
import { chooseCreatedAt } from './created-at.ts';
import { type Flag, flagsIn, nullFlagsIn } from './flags.ts';
import { chooseKey, isNamedAfterNoun, type KeyChoice } from './key.ts';
import type { Finding, Proposal, Proposed } from './proposal.ts';

export interface ProposeOptions {
  /** The attribute by which rows expire. */
  readonly timeToLive: string | undefined;
}

interface Candidate {
  readonly kind: Kind;
  readonly ids: KindIds;
  readonly choice: KeyChoice;
  readonly flags: readonly Flag[];
  readonly score: number;
}

export function propose(sample: Sample, kinds: readonly Kind[], options: ProposeOptions): Proposed {
  if (sample.items.length === 0) return { kind: 'none', reason: 'it has no rows' };
  const binary = sample.key.find(({ type }) => type !== 'S' && type !== 'N');
  if (binary !== undefined) {
    return {
      kind: 'none',
      reason: `its key attribute ${binary.name} is binary, and ids are text or numbers`,
    };
  }
  const all = kinds.flatMap((kind) => [kind, ...partsOf(kind, sample.key)]);
  const candidates = all.flatMap((kind) => candidateOf(kind, sample, kinds.length > 1));
  const [best] = candidates.toSorted((a, b) => b.score - a.score);
  if (best === undefined) return { kind: 'none', reason: reasonAgainst(sample) };
  if (best.score <= 0) return { kind: 'none', reason: reasonAgainst(sample, best) };
  return { kind: 'proposal', proposal: proposalOf(best, sample, options) };
}

function candidateOf(kind: Kind, sample: Sample, isShared: boolean): readonly Candidate[] {
  const ids = idsOf(kind, sample.key);
  const choice = chooseKey({ kind, ids, key: sample.key, isShared });
  // Only an attribute of the restaurant leaves out the rows that lack it.
  if (choice === undefined || (kind.having !== undefined && choice.restaurant?.attribute !== kind.having))
    return [];
  const flags = flagsIn(ids.columns.filter(({ name }) => sample.key.every((one) => one.name !== name)));
  const score = scoreOf({ kind, ids, choice, flags }, sample);
  return [{ kind, ids, choice, flags, score }];
}

/** Above 0 if the rows look like favourites. */
function scoreOf({ kind, choice, flags, ids }: Omit<Candidate, 'score'>, sample: Sample): number {
  const names = [...sample.key.map(({ name }) => name), ...ids.columns.map(({ name }) => name)];
  const literals = kind.literals.map(({ literal }) => literal).join(' ');
  const isSaid = hasWord(literals, 'favourite') || flags.some((flag) => flag.kind === 'kind of row');
  const isNamed = isSaid || hasWord(sample.tableName, 'favourite') || names.some(namesFavourites);
  const isOther = hasWord(literals, 'other') || sample.key.some(({ name }) => hasWord(name, 'other'));
  const { user, restaurantId } = choice;
  const isPair =
    user !== undefined && (user.leaning > 0 || restaurantId.leaning < 0 || isManyToMany(user, restaurantId));
  const isConstant = kind.literals.some(({ literal, isAll }) => isAll && hasWord(literal, 'constant'));
  // A thing with an id of another thing, such as a product with its shop.
  const isThing = user === undefined && (isNamedAfterNoun(sample.key) || choice.restaurantId.leaning >= 0);
  const bothThings = user !== undefined && user.leaning < 0 && restaurantId.leaning < 0;
  return (
    (isSaid ? 6 : 0) +
    (isNamed ? 3 : 0) +
    (isPair ? 2 : user === undefined ? 1 : -2) +
    (isPair && restaurantId.leaning < 0 ? 0.5 : 0) -
    (isOther ? 5 : hasWord(sample.tableName, 'other') ? 3 : 0) -
    (isConstant ? 6 : 0) -
    (isThing || bothThings ? 4 : 0) +
    kind.rows.length / sample.items.length
  );
}

function namesFavourites(name: string): boolean {
  return hasWord(name, 'favourite') && !/count|total|num/i.test(name) && !wordsOf(name).includes('rating');
}

/** Users have several things, and things have several users. */
function isManyToMany(a: Id, b: Id): boolean {
  return a.most > 1 && b.most > 1;
}

function reasonAgainst({ key, items, tableName }: Sample, best?: Candidate): string {
  if (items.length < 2) return 'one row alone does not show which parts are ids';
  if (best !== undefined) {
    const names = [tableName, ...key.map(({ name }) => name)].filter((name) => hasWord(name, 'other'));
    if (names.length > 0) return `the name ${names[0]} says that its rows are something else`;
    return 'its rows do not show a user and something that several users mark';
  }
  return 'no kind of its rows holds both a user and what the user marks, in the key or in attributes';
}

function proposalOf(
  { kind, ids, choice, flags }: Candidate,
  sample: Sample,
  options: ProposeOptions,
): Proposal {
  const pattern = choice.key.map((one) => one.pattern ?? '').join();
  // Constants and kinds that the literals tell apart need no flag.
  const needed = flags.filter(
    (flag) => flag.isSeen || flag.kind === 'soft delete' || !hasWord(pattern, 'favourite'),
  );
  const [flag, ...otherFlags] = needed;
  const counted = kind.rows
    .map(({ item }) => item)
    .filter((item) => flag === undefined || meets(flag, item, sample));
  const columns = counted.length === kind.rows.length ? ids.columns : columnsOf(counted);
  const date = chooseCreatedAt(
    columns.filter(({ name }) => name !== flag?.condition.attribute),
    options,
  );
  const userAttribute = pattern.includes('{user}') ? undefined : attributeOf(choice.user);
  const source: Source = {
    key: choice.key,
    ...(choice.restaurant && { restaurant: choice.restaurant }),
    ...(userAttribute !== undefined && { user: { attribute: userAttribute } }),
    createdAt: date.createdAt,
    ...(flag && { countedWhen: flag.condition }),
  };
  const isDefault = isDefaultTable(sample);
  const seen = otherFlags.filter(({ isSeen }) => isSeen).map(({ condition }) => condition.attribute);
  const problems = [
    ...choice.problems,
    ...nullFlagsIn(ids.columns).map(
      (name) =>
        `${name} sounds like a soft delete, but it is NULL in rows that are not deleted, and countedWhen ` +
        'cannot test for NULL: remove the attribute from these rows instead',
    ),
    ...(seen.length > 0 && flag !== undefined
      ? [`${seen.join(' and ')} may also say whether a row counts, but countedWhen tests only one attribute`]
      : []),
  ];
  const findings: readonly Finding[] = [
    ...choice.findings,
    ...userFinding(userAttribute),
    date.finding,
    ...(flag ? [{ member: 'countedWhen', isSure: false, text: flag.why }] : []),
    ...updatesFinding(source),
  ];
  const user = choice.user;
  return {
    source: isDefault ? defaultSource : mayNeedUpdates(source) ? { ...source, updates: true } : source,
    findings: isDefault
      ? [{ member: 'key', isSure: true, text: 'this is the table that the stack creates' }]
      : findings,
    problems,
    kind,
    ids,
    flags,
    userOf: user && userReader(user, kind),
  };
}

function attributeOf(id: Id | undefined): string | undefined {
  return id?.place.at === undefined ? id?.place.attribute : undefined;
}

function userFinding(attribute: string | undefined): readonly Finding[] {
  if (attribute === undefined) return [];
  const text = `${attribute} says whose favourite a row is. Only the hearts of the local page need it`;
  return [{ member: 'user', isSure: false, text }];
}

/** Whether updates are read only if the source says so, and may change a date. */
function mayNeedUpdates(source: Source): boolean {
  return isRestaurantInKey(source) && source.countedWhen === undefined && source.createdAt !== 'none';
}

function updatesFinding(source: Source): readonly Finding[] {
  if (!mayNeedUpdates(source)) return [];
  const text =
    'a sample cannot show whether updates change dates. Leave it out if they never do, and if no put ' +
    'overwrites a row: then updates cost nothing';
  return [{ member: 'updates', isSure: false, text }];
}

function meets({ condition }: Flag, item: Item, sample: Sample): boolean {
  const key = sample.key.map(({ name, type }) => ({
    name,
    type: type === 'N' ? ('N' as const) : ('S' as const),
  }));
  const restaurant = { attribute: key[0]?.name ?? '' };
  const mapping = createMapping({ key, restaurant, createdAt: 'none', countedWhen: condition }, UTC);
  return mapping.readRow(item).kind === 'countable';
}

/** The table that the stack creates, by its key and dates. */
function isDefaultTable({ key, items }: Sample): boolean {
  const isKey = key.length === 1 && key[0]?.name === defaultSource.key[0]?.name && key[0]?.type === 'S';
  if (!isKey) return false;
  const mapping = createMapping(defaultSource, UTC);
  return shareOf(items, (item) => mapping.readRow(item).kind === 'countable') >= 0.5;
}

function userReader(user: Id, kind: Kind): Proposal['userOf'] {
  const users = new Map(kind.rows.map(({ item }, row) => [item, user.values[row]]));
  return (item) => users.get(item);
}

/** Chooses the attribute that says since when a row is a favourite. */
import type { DateAttribute, Source } from '../../../src/counting/source/source.ts';
import type { Column } from '../profile/columns.ts';
import { hasWord, isWord, wordsOf } from '../profile/words.ts';
import { guessZone } from './zone.ts';
import type { Finding } from './proposal.ts';

/** The attribute must hold a date in at least this share of the rows; the table may hold other items too. */
const PRESENT_SHARE_MIN = { named: 0.1, other: 0.5 } as const;
const created = new Set('created create creation added add inserted since joined started'.split(' '));
const notCreated = new Set(
  (
    'updated update modified changed edited deleted removed archived expires expiry expiration expire ttl ' +
    'last seen synced sync birth birthday dob valid until end ended due published released release opening'
  ).split(' '),
);
const times = new Set('at on date time timestamp ts when datetime day epoch'.split(' '));

export interface CreatedAtChoice {
  readonly createdAt: Source['createdAt'];
  readonly column: Column | undefined;
  readonly finding: Finding;
  /** Other attributes with dates. */
  readonly others: readonly string[];
}

export function chooseCreatedAt(
  columns: readonly Column[],
  { timeToLive }: { readonly timeToLive: string | undefined },
): CreatedAtChoice {
  const dated = columns.filter(
    ({ name, dates, present, rows }) =>
      dates !== undefined && present >= rows * PRESENT_SHARE_MIN[isNamed(name) ? 'named' : 'other'],
  );
  const scored = dated
    .filter(({ name }) => name !== timeToLive)
    .map((column) => ({ column, score: scoreOf(column) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score);
  const [best, second] = scored;
  if (best === undefined) return withoutDate(dated);
  const { column, score } = best;
  const others = dated.map(({ name }) => name).filter((name) => name !== column.name);
  const isSure = score >= 2 && (second === undefined || second.score < score);
  const why = isSure
    ? 'its name and its values say so'
    : second === undefined
      ? 'it is the only attribute with dates, but its name does not say when the row was added'
      : `its name fits best among ${[column.name, ...others].join(', ')}`;
  const { format, zone, zoneFinding } = formatOf(column, columns);
  const createdAt = { attribute: column.name, format, ...(zone !== undefined && { zone }) };
  const findings = zoneFinding ?? { isSure, text: `${column.name} is the date of a favourite: ${why}` };
  const text =
    zoneFinding === undefined ? findings.text : `${column.name} is the date: ${why}. ${zoneFinding.text}`;
  return { createdAt, column, others, finding: { member: 'createdAt', isSure: findings.isSure, text } };
}

function formatOf(column: Column, columns: readonly Column[]) {
  const format: DateAttribute['format'] = column.dates?.format ?? 'rfc3339';
  if (format !== 'sql') return { format, zone: undefined, zoneFinding: undefined };
  const guess = guessZone(column, columns);
  return { format, zone: guess.zone, zoneFinding: { isSure: guess.isSure, text: guess.why } };
}

function withoutDate(dated: readonly Column[]): CreatedAtChoice {
  const others = dated.map(({ name }) => name);
  const reason =
    others.length === 0
      ? 'no attribute holds dates in one of the formats'
      : `the dates in ${others.join(', ')} do not say when a row was added`;
  const text = `${reason}, so only ALL_TIME is counted`;
  const finding = { member: 'createdAt', isSure: others.length === 0, text };
  return { createdAt: 'none', column: undefined, others, finding };
}

/** Whether the name says that the favourite was made then. */
function isNamed(name: string): boolean {
  const words = wordsOf(name);
  return words.some((word) => created.has(word) || isWord(word, 'favourite')) && !hasWord(name, 'deleted');
}

/** 0: not the date of a favourite. */
function scoreOf({ name, dates, present, rows }: Column): number {
  const words = wordsOf(name);
  const has = (set: ReadonlySet<string>) => words.some((word) => set.has(word));
  const isText = dates !== undefined && !dates.format.startsWith('epoch');
  if (has(notCreated) && !has(created)) return 0;
  const isFavourite = words.some((word) => isWord(word, 'favourite')) && !hasWord(name, 'deleted');
  // A number in the range of times may also be an id.
  if (!has(created) && !isFavourite && !has(times) && !isText) return 0;
  const named = has(created) || isFavourite ? 3 : has(times) ? 2 : 1;
  const readable = (dates?.readable ?? 0) / Math.max(1, present);
  return named * (0.5 + (0.5 * present * readable) / rows);
}

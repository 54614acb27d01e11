/**
 * The windows of rows in every format of dates, equal to those of Python's zoneinfo: what the register holds
 * is the local time, and the windows are those of its date.
 */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMapping } from '../../src/counting/mapping.ts';
import { type DateAttribute, type DateFormat, defaultSource } from '../../src/counting/source/source.ts';
import { windowsExpected, windowsOfText } from './compare.ts';
import { describeWithZoneinfo } from './describe-with-zoneinfo.ts';
import { dayOf, hardZones, questionAround, randomQuestion, wallOf } from './questions.ts';
import { type Question, zoneAnswers, zoneChanges } from './zoneinfo.ts';

/** The time zone of SQL dates, which has changed its clocks at midnight. */
const SQL_ZONE = 'America/Sao_Paulo';
const RANDOM_TIMES = 100;
/** Differences shown on failure. */
const SHOWN_MAX = 10;

interface Row {
  readonly date: { readonly S: string } | { readonly N: string };
  /** Fraction of the second that the register must keep, such as `.25`. */
  readonly fraction: string;
}

/** The row as each format writes the instant. */
const writers: readonly (readonly [format: DateFormat, (at: number) => Row])[] = [
  ['rfc3339', (at) => ({ date: { S: `${wallOf(at)}.5Z` }, fraction: '.5' })],
  ['rfc3339', (at) => ({ date: { S: `${wallOf(at + 13.75 * 3600)}+13:45` }, fraction: '' })],
  [
    'rfc3339',
    (at) => ({ date: { S: `${wallOf(at - 9.5 * 3600)}.123456789-09:30` }, fraction: '.123456789' }),
  ],
  ['epoch-seconds', (at) => ({ date: { N: `${at}.25` }, fraction: '.250' })],
  ['epoch-milliseconds', (at) => ({ date: { N: `${at * 1000 + 7}` }, fraction: '.007' })],
  ['sql', (at) => ({ date: { S: `${wallOf(at - 3 * 3600).replace('T', ' ')}-03` }, fraction: '' })],
];

describeWithZoneinfo('the windows of rows beside zoneinfo', () => {
  it.each(hardZones)('are equal in %s in every format that has instants', (zone) => {
    const question = questionOf(zone);
    const [answer] = zoneAnswers([question]);
    const differences: string[] = [];
    for (const [format, rowAt] of writers) {
      const windowsOfRow = reader({ format, ...(format === 'sql' && { zone: SQL_ZONE }) }, zone);
      for (const [index, at] of question.instants.entries()) {
        if (format.startsWith('epoch') && !isEpoch(at)) continue;
        const { date, fraction } = rowAt(at);
        const local = withFraction(answer?.local[index] ?? '', fraction);
        const expected = [local, ...windowsExpected(local, answer?.weeks[index] ?? '')].join();
        const found = windowsOfRow(date);
        if (found !== expected) differences.push(`${JSON.stringify(date)}: ${found}, not ${expected}`);
      }
    }
    expect(differences.slice(0, SHOWN_MAX)).toEqual([]);
  });

  it('are equal for SQL dates of another zone, also for times that occur twice or never', () => {
    const walls = questionOf(SQL_ZONE).walls;
    const [read] = zoneAnswers([{ zone: SQL_ZONE, instants: [], days: [], walls }]);
    const instants = read?.read ?? [];
    const questions = hardZones.map((zone): Question => ({ zone, instants, days: [], walls: [] }));
    const differences = zoneAnswers(questions).flatMap((answer, asked) => {
      const windowsOfRow = reader({ format: 'sql', zone: SQL_ZONE }, hardZones[asked] ?? '');
      return walls.flatMap((wall, index) => {
        const local = answer.local[index] ?? '';
        const expected = [local, ...windowsExpected(local, answer.weeks[index] ?? '')].join();
        const found = windowsOfRow({ S: wall.replace('T', ' ') });
        return found === expected ? [] : [`${hardZones[asked]}, ${wall}: ${found}, not ${expected}`];
      });
    });
    expect(differences.slice(0, SHOWN_MAX)).toEqual([]);
  });

  it('are those of the date for bare dates, in every zone', () => {
    const days = fc.sample(fc.integer({ min: -6e10, max: 2.5e11 }), RANDOM_TIMES).map(dayOf);
    const instants = days.map((day) => Date.parse(day) / 1000);
    const [answer] = zoneAnswers([{ zone: 'UTC', instants, days: [], walls: [] }]);
    for (const zone of hardZones) {
      const windowsOfRow = reader({ format: 'date' }, zone);
      const expected = days.map((day, index) =>
        [day, ...windowsExpected(day, answer?.weeks[index] ?? '')].join(),
      );
      expect(days.map((day) => windowsOfRow({ S: day }))).toEqual(expected);
    }
  });
});

function questionOf(zone: string): Question {
  const [changes] = zoneChanges([zone], { from: 1880, to: 2040 });
  const [around, random] = [
    questionAround(zone, changes?.transitions ?? []),
    randomQuestion(zone, RANDOM_TIMES),
  ];
  return {
    zone,
    instants: [...around.instants, ...random.instants],
    days: [],
    walls: [...around.walls, ...random.walls],
  };
}

/** Reads a row with that date: what its register holds, and its windows. */
function reader(date: Omit<DateAttribute, 'attribute'>, timeZone: string): (value: Row['date']) => string {
  const createdAt = { attribute: 'created_at', ...date };
  const mapping = createMapping({ ...defaultSource, createdAt }, timeZone);
  return (value) => {
    const row = mapping.readRow({ restaurant_id_user_id: { S: 'osteria#ada' }, created_at: value });
    if (row.kind !== 'countable') return JSON.stringify(row);
    return [row.createdAt, ...windowsOfText(row.createdAt, timeZone)].join();
  };
}

/** `2022-08-01T14:00:00+02:00` with `.5` becomes `2022-08-01T14:00:00.5+02:00`. */
function withFraction(local: string, fraction: string): string {
  const at = 'yyyy-mm-ddThh:mm:ss'.length;
  return local.slice(0, at) + fraction + local.slice(at);
}

/** Epochs outside 1990 to 2100 are rejected. */
function isEpoch(at: number): boolean {
  return at >= Date.UTC(1990, 0, 1) / 1000 && at < Date.UTC(2100, 0, 1) / 1000;
}

/** Compares this repository's local times with the answers of Python's zoneinfo. */
import {
  parseBareDate,
  parseCreatedAt,
  windowAt,
  windowKinds,
  windowsOf,
} from '../../src/counting/time-window.ts';
import { firstInstantFrom, instantOf, localText } from '../../src/counting/time-zone.ts';
import type { Answer, Question } from './zoneinfo.ts';

const allKinds = { YEAR: 'forever', MONTH: 'forever', WEEK: 'forever', DAY: 'forever' } as const;
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');

/** One line for each difference. */
export function differencesFrom(answer: Answer, { zone, instants, days, walls }: Question): string[] {
  const differences: string[] = [];
  const expectSame = (what: string, found: unknown, expected: unknown): void => {
    if (String(found) === String(expected)) return;
    differences.push(`${zone}, ${what}: ${String(found)}, but zoneinfo says ${String(expected)}`);
  };
  for (const [index, at] of instants.entries()) {
    const local = answer.local[index] ?? '';
    const windows = windowsExpected(local, answer.weeks[index] ?? '');
    expectSame(`the local time at ${at}`, localText(at * 1000, '', zone), local);
    expectSame(`the windows at ${at}`, windowsOfText(local, zone), windows);
    const current = windowKinds.map((kind) => windowAt(kind, at * 1000, zone));
    expectSame(`the current windows at ${at}`, ['ALL_TIME', ...current], windows);
  }
  for (const [index, day] of days.entries()) {
    expectSame(`the start of ${day}`, firstInstantFrom(Date.parse(day), zone) / 1000, answer.starts[index]);
  }
  for (const [index, wall] of walls.entries()) {
    expectSame(`the instant of ${wall}`, instantOf(Date.parse(`${wall}Z`), zone) / 1000, answer.read[index]);
  }
  return differences;
}

/** By the digits of the local time alone. */
export function windowsExpected(local: string, week: string): readonly string[] {
  const [year = '', month, day] = local.slice(0, 'yyyy-mm-dd'.length).split('-');
  return ['ALL_TIME', year, `${MONTHS[Number(month) - 1]}_${year}`, week, `${year}${month}${day}`];
}

/** All windows of what a register may hold. @throws for a text that no register holds */
export function windowsOfText(text: string | undefined, timeZone: string): readonly string[] {
  const createdAt = parseCreatedAt(text) ?? parseBareDate(text);
  if (createdAt === undefined) throw new Error(`${text} is no local time`);
  return windowsOf(createdAt, { timeWindows: allKinds, timeZone, nowMs: 0 });
}

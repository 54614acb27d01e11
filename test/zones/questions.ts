/** What the tests ask about a zone, and the zones that are hard to get right. */
import fc from 'fast-check';
import type { Question } from './zoneinfo.ts';

const DAY = 86_400;
/** Around each change of the offset, in seconds. */
const NEARBY = [-DAY, -3600, -60, -1, 0, 1, 59, 60, 3600, DAY];
const DAYS_NEARBY = [-2, -1, 0, 1, 2];

/** Each has changed its offset in a way that a simpler rule gets wrong. */
export const hardZones = [
  'Europe/London',
  // Days that start at 01:00.
  'America/Sao_Paulo',
  ...['Asia/Beirut', 'Asia/Amman', 'America/Havana', 'America/Asuncion'],
  // A day that was left out.
  ...['Pacific/Apia', 'Pacific/Kwajalein', 'Pacific/Kiritimati', 'Asia/Manila'],
  // A day that occurred twice.
  'America/Juneau',
  // Offsets with odd minutes, and changes of 15, 20 and 30 minutes.
  ...['Asia/Kathmandu', 'Australia/Lord_Howe', 'Asia/Pyongyang', 'Africa/Accra', 'Asia/Singapore'],
  // At 00:01, the clocks went back into the day before.
  'America/St_Johns',
  // Two hours of summer time.
  'Antarctica/Troll',
  // Clocks that are ahead in winter time or go back for Ramadan.
  ...['Europe/Dublin', 'Africa/Casablanca', 'Africa/El_Aaiun'],
  // Offsets with seconds until 1972.
  'Africa/Monrovia',
] as const;

export function questionAround(zone: string, transitions: readonly number[]): Question {
  const days = transitions.flatMap((at) => DAYS_NEARBY.map((day) => dayOf(at + day * DAY)));
  return {
    zone,
    instants: transitions.flatMap((at) => NEARBY.map((seconds) => at + seconds)),
    days: [...new Set(days)],
    // The local time can be up to a day away from the time in UTC.
    walls: transitions.flatMap((at) =>
      NEARBY.flatMap((seconds) => [-10, -3, 0, 1, 6, 13].map((hours) => wallOf(at + seconds + hours * 3600))),
    ),
  };
}

/** Random times of all years that Python knows, most of them in the years that rows are from. */
export function randomQuestion(zone: string, count: number): Question {
  const within = (from: string, to: string) =>
    fc.integer({ min: Date.parse(from) / 1000, max: Date.parse(to) / 1000 });
  const instants = fc.sample(
    fc.oneof(
      { weight: 4, arbitrary: within('1985-01-01', '2040-01-01') },
      { weight: 1, arbitrary: within('0002-01-01', '9998-12-31') },
    ),
    count,
  );
  return { zone, instants, days: instants.map(dayOf), walls: instants.map(wallOf) };
}

export function dayOf(seconds: number): string {
  return wallOf(seconds).slice(0, 'yyyy-mm-dd'.length);
}

export function wallOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, -'.sssZ'.length);
}

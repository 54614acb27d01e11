/** Windows as a client names them: `ALL_TIME`, a month, a day, or `THIS_MONTH` and `TODAY`, in UTC. */
import {
  ALL_TIME,
  isKept,
  parseTimeWindow,
  type TimeWindow,
  type WindowCalendar,
  windowAt,
  windowKinds,
} from '../counting/time-window.ts';
import { badRequest } from './problem.ts';

const current = { THIS_MONTH: 'MONTH', TODAY: 'DAY' } as const;

/** The window that is meant, be it past its retention or not. @throws {Problem} for none, and for a kind that is not served. */
export function readWindow(text: string, { settings, nowMs }: WindowCalendar): TimeWindow {
  const window =
    text === 'THIS_MONTH' || text === 'TODAY' ? windowAt(current[text], nowMs) : parseTimeWindow(text);
  if (window !== undefined && isKept(window, settings)) return window;
  const examples = [
    'ALL_TIME',
    ...(settings.MONTH === undefined ? [] : ['THIS_MONTH', 'a month such as AUG_2022']),
    ...(settings.DAY === undefined ? [] : ['TODAY', 'a day such as 20220801']),
  ];
  throw badRequest(`The window is none that is served, expected ${examples.join(', ')}.`);
}

/** In one BatchGetItem. */
const WINDOWS_MAX = 100;

/** Each once, in the order of their names' first mention; by default all time and what is now. @throws {Problem} */
export function readWindows(text: string | undefined, calendar: WindowCalendar): readonly TimeWindow[] {
  if (text === undefined) {
    const kept = windowKinds.filter((kind) => calendar.settings[kind] !== undefined);
    return [ALL_TIME, ...kept.map((kind) => windowAt(kind, calendar.nowMs))];
  }
  const names = text.split(',');
  if (names.length > WINDOWS_MAX) {
    throw badRequest(`The query names too many windows, expected at most ${WINDOWS_MAX}.`);
  }
  return [...new Set(names.map((name) => readWindow(name, calendar)))];
}

/**
 * Window names in requests: `ALL_TIME`, a window such as `AUG_2022`, or the current one such as `THIS_MONTH`.
 * Windows are in the time zone of the deployment.
 */
import {
  ALL_TIME,
  isKept,
  keptKinds,
  kinds,
  parseTimeWindow,
  type TimeWindow,
  type WindowCalendar,
  windowAt,
  windowKinds,
} from '../counting/time-window.ts';
import { BadInputError } from './bad-input.ts';
import { isListOf } from './input.ts';

/** A window of a kept kind, even past its retention. @throws {BadInputError} */
export function readWindow(text: string, calendar: WindowCalendar): TimeWindow {
  const current = windowKinds.find((kind) => kinds[kind].current === text);
  const window =
    current === undefined ? parseTimeWindow(text) : windowAt(current, calendar.nowMs, calendar.timeZone);
  if (window !== undefined && isKept(window, calendar.timeWindows)) return window;
  const names = keptKinds(calendar.timeWindows).flatMap((kind) => [kinds[kind].current, kinds[kind].example]);
  const expected = ['ALL_TIME', ...names].join(', ');
  throw new BadInputError(
    'windows',
    window === undefined
      ? `a window must be one of: ${expected}`
      : `this deployment does not keep the window ${window}; expected one of: ${expected}`,
  );
}

/** Names in one request. More than this is a mistake of the caller. */
const WINDOWS_MAX = 100;

/**
 * Without duplicates, in the order of the names; by default ALL_TIME and the current windows. @throws
 * {BadInputError}
 */
export function readWindows(
  names: readonly string[] | undefined,
  calendar: WindowCalendar,
): readonly TimeWindow[] {
  if (names === undefined) {
    return [
      ALL_TIME,
      ...keptKinds(calendar.timeWindows).map((kind) => windowAt(kind, calendar.nowMs, calendar.timeZone)),
    ];
  }
  if (!isListOf(Infinity, names)) {
    throw new BadInputError('windows', "windows must be a list of names, such as ['ALL_TIME', 'TODAY']");
  }
  if (names.length > WINDOWS_MAX) {
    throw new BadInputError('windows', `windows must name at most ${WINDOWS_MAX} windows`);
  }
  return [...new Set(names.map((name) => readWindow(name, calendar)))];
}

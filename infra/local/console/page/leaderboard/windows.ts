/** Time windows as the page writes and offers them: ALL_TIME, AUG_2022, 20220801. */
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export const isDay = (window: string): boolean => /^\d{8}$/.test(window);
export const isMonth = (window: string): boolean => window !== 'ALL_TIME' && !isDay(window);

export const monthOfDay = (day: string): string =>
  `${months[Number(day.slice(4, 6)) - 1] ?? ''}_${day.slice(0, 4)}`;

/** In UTC, as all windows are. */
export const today = (): string => new Date().toISOString().slice(0, 10).replaceAll('-', '');

/** All time; August 2022; 1 August 2022 */
export function titleOf(window: string): string {
  if (window === 'ALL_TIME') return 'All time';
  const month = isDay(window) ? monthOfDay(window) : window;
  const title = `${monthNames[months.indexOf(month.slice(0, 3))] ?? month} ${month.slice(4)}`;
  return isDay(window) ? `${Number(window.slice(6))} ${title}` : title;
}

/** All months that some window lies in, the newest first. */
export function monthsOf(windows: readonly string[]): readonly string[] {
  const found = new Set(windows.flatMap((window) => monthIn(window) ?? []));
  return [...found].sort((a, b) => (sortKey(a) < sortKey(b) ? 1 : -1));
}

/** The days among the windows, of one month or of all, the newest first. */
export function daysOf(windows: readonly string[], month?: string): readonly string[] {
  const days = windows.filter((window) => isDay(window) && (!month || monthOfDay(window) === month));
  return [...new Set(days)].sort().toReversed();
}

/** Undefined for all time. */
export function monthIn(window: string): string | undefined {
  if (isDay(window)) return monthOfDay(window);
  return isMonth(window) ? window : undefined;
}

const sortKey = (month: string): string =>
  month.slice(4) + String(months.indexOf(month.slice(0, 3))).padStart(2, '0');

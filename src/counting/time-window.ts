/**
 * The time windows that a favourite is counted in: always ALL_TIME, and one of each kept kind, by the local
 * time at which it was marked. They depend only on the text that its register holds, so every count can be
 * recomputed from the registers (I1). Another time zone, or new rules of the zone, change that text, but
 * never the windows of a text. `kinds` describes each kind once; everything else loops over it.
 */
import type { Brand } from './brand.ts';
import { firstInstantFrom, localMs, UTC } from './time-zone.ts';

/** `ALL_TIME`, or the name of a window of one of the kinds, such as `AUG_2022`. */
export type TimeWindow = Brand<string, 'TimeWindow'>;
/**
 * What a register holds while its favourite is counted: a local time with its offset, such as
 * `2022-08-01T14:00:00+02:00`, with `Z` for an offset of zero; a bare date such as `2022-08-01`; or
 * {@link UNDATED}. Dates are checked against the calendar.
 */
export type CreatedAt = Brand<string, 'CreatedAt'>;

interface Kind {
  /** The name of the current window of this kind in requests. */
  readonly current: string;
  /** For messages and help texts. */
  readonly example: string;
  /** The name of the window that contains an instant or a day, written like a `created_at`. */
  readonly format: (iso: string) => string;
  /** The window's name as people write it. */
  readonly title: (start: Date) => string;
  /** Matches every name of this kind and no other kind's; `startMs` gets its groups. */
  readonly pattern: RegExp;
  readonly startMs: (groups: readonly string[]) => number;
  /** The first millisecond after the window. */
  readonly endMs: (start: Date) => number;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const monthNames = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];
const monthCodes = monthNames.map((name) => name.slice(0, 3).toUpperCase());

/** The longest first: this is the order in settings, responses and the console. */
export const kinds = {
  YEAR: {
    current: 'THIS_YEAR',
    example: 'a year such as 2022',
    format: (iso) => iso.slice(0, 4),
    title: yearOf,
    pattern: /^(\d{4})$/,
    startMs: ([year]) => utcMs(Number(year), 0, 1),
    endMs: (start) => utcMs(start.getUTCFullYear() + 1, 0, 1),
  },
  MONTH: {
    current: 'THIS_MONTH',
    example: 'a month such as AUG_2022',
    format: (iso) => `${monthCodes[Number(iso.slice(5, 7)) - 1]}_${iso.slice(0, 4)}`,
    title: (start) => `${monthNames[start.getUTCMonth()]} ${yearOf(start)}`,
    pattern: /^([A-Z]{3})_(\d{4})$/,
    startMs: ([code = '', year]) => utcMs(Number(year), monthCodes.indexOf(code), 1),
    endMs: (start) => utcMs(start.getUTCFullYear(), start.getUTCMonth() + 1, 1),
  },
  /** ISO 8601: a week starts on Monday and belongs to the year of its Thursday. */
  WEEK: {
    current: 'THIS_WEEK',
    example: 'an ISO week such as 2022_W31',
    // The date alone: the week is that of the local date, whatever the offset.
    format: (iso) => isoWeekOf(new Date(iso.split('T', 1)[0] ?? '')).join('_W'),
    title: (start) => `Week ${Number(isoWeekOf(start)[1])} of ${isoWeekOf(start)[0]}`,
    // 1 and 2 January 0000 lie in the last week of the year before.
    pattern: /^(\d{4}|-000001)_W(\d{2})$/,
    startMs: ([year, week]) => mondayMs(new Date(utcMs(Number(year), 0, 4))) + (Number(week) - 1) * WEEK_MS,
    endMs: (start) => start.getTime() + WEEK_MS,
  },
  DAY: {
    current: 'TODAY',
    example: 'a day such as 20220801',
    format: (iso) => iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10),
    title: (start) => `${start.getUTCDate()} ${monthNames[start.getUTCMonth()]} ${yearOf(start)}`,
    pattern: /^(\d{4})(\d{2})(\d{2})$/,
    startMs: ([year, month, day]) => utcMs(Number(year), Number(month) - 1, Number(day)),
    endMs: (start) => start.getTime() + DAY_MS,
  },
} as const satisfies Record<string, Kind>;

export type WindowKind = keyof typeof kinds;
export const windowKinds = Object.keys(kinds) as readonly WindowKind[];
/** Days that a window is kept after it has ended. */
export type Retention = number | 'forever';
/** The kinds of window kept beside ALL_TIME. A kind that is absent is not counted. */
export type TimeWindowSettings = Readonly<Partial<Record<WindowKind, Retention>>>;

export interface WindowSettings {
  readonly timeWindows: TimeWindowSettings;
  /** The IANA time zone of the windows: it decides when each of them starts and ends. */
  readonly timeZone: string;
}

/** The settings and the time that decide which windows events may change. */
export interface WindowCalendar extends WindowSettings {
  readonly nowMs: number;
}

export const ALL_TIME = 'ALL_TIME' as TimeWindow;
/** The `created_at` of a favourite without a date, which is counted in ALL_TIME alone. */
export const UNDATED = 'undated' as CreatedAt;

/**
 * Days from the end of a window's retention, when events stop changing it, to its deletion by TTL. Without
 * them a late un-mark, planned before that end, could bring the deleted row back as −1.
 */
const DELETION_GRACE_DAYS = 7;

/** At most nanoseconds: more digits mean nothing and would let one attribute grow without bound. */
const DATE_TIME =
  /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d{2}:[0-5]\d(?::[0-5]\d)?)$/;
const BARE_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Undefined unless `text` is a local time with its offset, on a date that exists (2022-02-30 does not). */
export function parseCreatedAt(text: unknown): CreatedAt | undefined {
  return typeof text === 'string' && DATE_TIME.test(text) && isOnCalendar(text)
    ? (text as CreatedAt)
    : undefined;
}

/** Undefined unless `text` is a bare date that exists. */
export function parseBareDate(text: unknown): CreatedAt | undefined {
  return typeof text === 'string' && BARE_DATE.test(text) && isOnCalendar(text)
    ? (text as CreatedAt)
    : undefined;
}

function isOnCalendar(text: string): boolean {
  return spanOf(kinds.DAY.format(text) as TimeWindow) !== undefined;
}

/** ALL_TIME first, then the kept windows that are still within their retention at `nowMs`. */
export function windowsOf(createdAt: CreatedAt, calendar: WindowCalendar): readonly TimeWindow[] {
  const windows = [ALL_TIME];
  // A damaged `created_at` is counted in ALL_TIME alone too.
  if (parseCreatedAt(createdAt) === undefined && parseBareDate(createdAt) === undefined) return windows;
  for (const kind of windowKinds) {
    if (calendar.timeWindows[kind] === undefined) continue;
    const window = kinds[kind].format(createdAt) as TimeWindow;
    if (isRetained(window, calendar)) windows.push(window);
  }
  return windows;
}

/** Whether events may still change the window, and readers may still serve it. */
export function isRetained(window: TimeWindow, { timeWindows, timeZone, nowMs }: WindowCalendar): boolean {
  const span = spanOf(window);
  if (span === undefined) return window === ALL_TIME;
  const retention = timeWindows[span.kind];
  if (retention === undefined || retention === 'forever') return retention !== undefined;
  return nowMs < endsAtMs(window, span, timeZone) + retention * DAY_MS;
}

/** Whether the settings keep windows of this kind, even if this one is past its retention. */
export function isKept(window: TimeWindow, settings: TimeWindowSettings): boolean {
  const span = spanOf(window);
  return span === undefined ? window === ALL_TIME : settings[span.kind] !== undefined;
}

export function keptKinds(settings: TimeWindowSettings): readonly WindowKind[] {
  return windowKinds.filter((kind) => settings[kind] !== undefined);
}

/** The window of that kind that contains the instant, in that time zone. */
export function windowAt(kind: WindowKind, atMs: number, timeZone: string): TimeWindow {
  return windowAround(kind, localMs(atMs, timeZone));
}

/** The window of that kind that contains a time on the local clock. */
export function windowAround(kind: WindowKind, local: number): TimeWindow {
  return kinds[kind].format(new Date(local).toISOString()) as TimeWindow;
}

/** When TTL may delete the window's rows, in epoch seconds; undefined for a window that is kept for ever. */
export function expiresAtOf(
  window: TimeWindow,
  { timeWindows, timeZone }: WindowSettings,
): number | undefined {
  const span = spanOf(window);
  const retention = span && timeWindows[span.kind];
  if (span === undefined || retention === undefined || retention === 'forever') return undefined;
  return (endsAtMs(window, span, timeZone) + (retention + DELETION_GRACE_DAYS) * DAY_MS) / 1000;
}

/** The window with that name; undefined if there is no such window. */
export function parseTimeWindow(text: string): TimeWindow | undefined {
  const window = text as TimeWindow;
  return window === ALL_TIME || spanOf(window) !== undefined ? window : undefined;
}

/** The bounds of a window on the local clock, as if they were times in UTC. */
export interface WindowSpan {
  readonly kind: WindowKind;
  readonly startMs: number;
  /** The first millisecond after the window. */
  readonly endMs: number;
}

/** A cache, because parsing names and dates takes a tenth of a batch's CPU, and a batch has few windows. */
const knownSpans = new Map<TimeWindow, WindowSpan | undefined>();
/** The same for the instants at which windows end, by window and time zone. */
const knownEnds = new Map<string, number>();
const KNOWN_MAX = 2_000;

/** Undefined for ALL_TIME, which has no bounds, and for text that is not the name of a window. */
export function spanOf(window: TimeWindow): WindowSpan | undefined {
  return remembered(knownSpans, window, () => parseSpan(window));
}

/** The instant at which the next window of its kind starts. */
function endsAtMs(window: TimeWindow, { endMs }: WindowSpan, timeZone: string): number {
  if (timeZone === UTC) return endMs;
  return remembered(knownEnds, `${window} ${timeZone}`, () => firstInstantFrom(endMs, timeZone));
}

function remembered<K, V>(known: Map<K, V>, key: K, find: () => V): V {
  // A value may be undefined.
  if (known.has(key)) return known.get(key) as V;
  const value = find();
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, value);
  return value;
}

function parseSpan(window: TimeWindow): WindowSpan | undefined {
  for (const kind of windowKinds) {
    const start = startOf(window, kind);
    if (start === undefined) continue;
    // Dates that do not exist, such as 30 February or week 53 of a shorter year, start another window.
    if (kinds[kind].format(start.toISOString()) !== window) return undefined;
    return { kind, startMs: start.getTime(), endMs: kinds[kind].endMs(start) };
  }
  return undefined;
}

function startOf(window: TimeWindow, kind: WindowKind): Date | undefined {
  const { pattern, startMs }: Kind = kinds[kind];
  const match = pattern.exec(window);
  return match === null ? undefined : new Date(startMs(match.slice(1)));
}

/** How people write the window: `All time`, `August 2022`, `Week 31 of 2022`. */
export function titleOf(window: TimeWindow): string {
  const span = spanOf(window);
  return span === undefined ? 'All time' : kinds[span.kind].title(new Date(span.startMs));
}

/** For messages and help texts. */
export const windowExamples = ['ALL_TIME', ...windowKinds.map((kind) => kinds[kind].example)].join(', ');

/** Reads `MONTH:forever,DAY:400`; an empty text keeps ALL_TIME alone. @throws {RangeError} */
export function parseTimeWindowSettings(text: string): TimeWindowSettings {
  const settings: Partial<Record<WindowKind, Retention>> = {};
  for (const entry of text === '' ? [] : text.split(',')) {
    const [, name, retention] = /^(\w+):(forever|[1-9]\d{0,5})$/.exec(entry) ?? [];
    const kind = windowKinds.find((known) => known === name);
    if (kind === undefined || settings[kind] !== undefined) {
      const known = windowKinds.join(', ');
      throw new RangeError(`'${entry}' must be KIND:<days or forever>, with each of ${known} at most once`);
    }
    settings[kind] = retention === 'forever' ? retention : Number(retention);
  }
  return settings;
}

/** The inverse of {@link parseTimeWindowSettings}. */
export function formatTimeWindowSettings(settings: TimeWindowSettings): string {
  return keptKinds(settings)
    .map((kind) => `${kind}:${settings[kind]}`)
    .join(',');
}

function yearOf(date: Date): string {
  return date.toISOString().slice(0, -'-MM-ddThh:mm:ss.sssZ'.length);
}

function isoWeekOf(date: Date): readonly [year: string, week: string] {
  const thursday = new Date(mondayMs(date) + 3 * DAY_MS);
  const week = Math.floor((thursday.getTime() - utcMs(thursday.getUTCFullYear(), 0, 1)) / WEEK_MS) + 1;
  return [yearOf(thursday), String(week).padStart(2, '0')];
}

/** Midnight of the last Monday, or of the date itself if it is one. */
function mondayMs(date: Date): number {
  const daysSinceMonday = (date.getUTCDay() + 6) % 7;
  return utcMs(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() - daysSinceMonday);
}

/** Like Date.UTC, but the years 0 to 99 do not become 1900 to 1999. */
function utcMs(year: number, monthIndex: number, day: number): number {
  return new Date(0).setUTCFullYear(year, monthIndex, day);
}

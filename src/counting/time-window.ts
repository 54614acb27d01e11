/**
 * The time windows a favourite is counted in: always ALL_TIME, and the kept ones of MONTH (`AUG_2022`) and DAY
 * (`20220801`), all in UTC. They follow from the favourite's own `created_at`, for as long as it lives, so every
 * count can be recomputed from the live rows (I1, I3).
 */
import type { Brand } from './brand.ts';

/** `ALL_TIME`, a month such as `AUG_2022`, or a day such as `20220801`. */
export type TimeWindow = Brand<string, 'TimeWindow'>;
/** An RFC 3339 date-time in UTC (`Z`), checked against the calendar; kept exactly as it was written. */
export type CreatedAt = Brand<string, 'CreatedAt'>;

export const windowKinds = ['MONTH', 'DAY'] as const;
export type WindowKind = (typeof windowKinds)[number];
/** Days that a window is kept after it has ended. */
export type Retention = number | 'forever';
/** The kinds of window kept beside ALL_TIME. A kind that is absent is not counted. */
export type TimeWindowSettings = Readonly<Partial<Record<WindowKind, Retention>>>;

/** What decides, at one moment, which windows may be touched. */
export interface WindowCalendar {
  readonly settings: TimeWindowSettings;
  readonly nowMs: number;
}

export const ALL_TIME = 'ALL_TIME' as TimeWindow;

const MONTH_NAMES = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAY_MS = 86_400_000;
/**
 * Days between the end of a window's retention, when events stop touching it, and its deletion by TTL: a late
 * un-mark that was planned before the border must not bring a deleted row back as −1.
 */
const DELETION_GRACE_DAYS = 7;

/** At most nanoseconds: more digits carry nothing and would let one attribute grow without bound. */
const CREATED_AT = /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

/** Undefined when `text` is not an RFC 3339 date-time in UTC that the calendar knows (2022-02-30 is not). */
export function parseCreatedAt(text: unknown): CreatedAt | undefined {
  if (typeof text !== 'string') return undefined;
  const match = CREATED_AT.exec(text);
  if (!match) return undefined;
  return isCalendarDay(Number(match[1]), Number(match[2]), Number(match[3]))
    ? (text as CreatedAt)
    : undefined;
}

/** ALL_TIME first, then the kept windows that are still within their retention at `nowMs`. */
export function windowsOf(createdAt: CreatedAt, calendar: WindowCalendar): readonly TimeWindow[] {
  const windows = [ALL_TIME];
  for (const kind of windowKinds) {
    if (calendar.settings[kind] === undefined) continue;
    const window = kind === 'MONTH' ? monthOf(createdAt) : dayOf(createdAt);
    if (isRetained(window, calendar)) windows.push(window);
  }
  return windows;
}

/** Whether events may still touch the window, and readers may still serve it. */
export function isRetained(window: TimeWindow, { settings, nowMs }: WindowCalendar): boolean {
  const span = spanOf(window);
  // What names no window, as a damaged `created_at` may, is touched by no event: an audit finds the damage.
  if (span === undefined) return window === ALL_TIME;
  const retention = settings[span.kind];
  if (retention === undefined) return false;
  return retention === 'forever' || nowMs < span.endMs + retention * DAY_MS;
}

/** Whether windows of this one's kind are counted at all, be it within its retention or past it. */
export function isKept(window: TimeWindow, settings: TimeWindowSettings): boolean {
  const span = spanOf(window);
  return span === undefined ? window === ALL_TIME : settings[span.kind] !== undefined;
}

/** The window of that kind that `nowMs` lies in. */
export function windowAt(kind: WindowKind, nowMs: number): TimeWindow {
  const now = new Date(nowMs).toISOString() as CreatedAt;
  return kind === 'MONTH' ? monthOf(now) : dayOf(now);
}

/** When TTL may delete the window's rows, in epoch seconds; undefined for a window that is kept for ever. */
export function expiresAtOf(window: TimeWindow, settings: TimeWindowSettings): number | undefined {
  const span = spanOf(window);
  const retention = span && settings[span.kind];
  if (span === undefined || retention === undefined || retention === 'forever') return undefined;
  return (span.endMs + (retention + DELETION_GRACE_DAYS) * DAY_MS) / 1000;
}

/** The window of that name, or undefined when `text` names none. */
export function parseTimeWindow(text: string): TimeWindow | undefined {
  if (text === ALL_TIME) return ALL_TIME;
  const window = text as TimeWindow;
  return spanOf(window) === undefined ? undefined : window;
}

/** Reads `MONTH:forever,DAY:400`; an empty text keeps ALL_TIME alone. @throws {RangeError} saying what is wrong. */
export function parseTimeWindowSettings(text: string): TimeWindowSettings {
  const settings: Partial<Record<WindowKind, Retention>> = {};
  for (const entry of text === '' ? [] : text.split(',')) {
    const [name = '', retention = ''] = entry.split(':', 2);
    const kind = windowKinds.find((known) => known === name);
    if (kind === undefined || settings[kind] !== undefined || entry.split(':').length !== 2) {
      throw new RangeError(`'${entry}' is not one of MONTH:<days> or DAY:<days>, each at most once`);
    }
    if (retention !== 'forever' && !/^[1-9]\d{0,5}$/.test(retention)) {
      throw new RangeError(`the retention of ${kind} is '${retention}', expected whole days or 'forever'`);
    }
    settings[kind] = retention === 'forever' ? retention : Number(retention);
  }
  return settings;
}

/** The inverse of {@link parseTimeWindowSettings}. */
export function formatTimeWindowSettings(settings: TimeWindowSettings): string {
  return windowKinds
    .filter((kind) => settings[kind] !== undefined)
    .map((kind) => `${kind}:${settings[kind]}`)
    .join(',');
}

function monthOf(createdAt: CreatedAt): TimeWindow {
  return `${MONTH_NAMES[Number(createdAt.slice(5, 7)) - 1]}_${createdAt.slice(0, 4)}` as TimeWindow;
}

function dayOf(createdAt: CreatedAt): TimeWindow {
  return createdAt.slice(0, 10).replaceAll('-', '') as TimeWindow;
}

/** The kind of a bounded window and the first millisecond after it; undefined for ALL_TIME and unknown names. */
function spanOf(window: TimeWindow): { readonly kind: WindowKind; readonly endMs: number } | undefined {
  const month = /^([A-Z]{3})_(\d{4})$/.exec(window);
  if (month) {
    const index = MONTH_NAMES.indexOf(month[1] ?? '');
    return index === -1 ? undefined : { kind: 'MONTH', endMs: utcMs(Number(month[2]), index + 1, 1) };
  }
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(window);
  if (!day) return undefined;
  const [year, monthNumber, dayOfMonth] = [Number(day[1]), Number(day[2]), Number(day[3])];
  if (!isCalendarDay(year, monthNumber, dayOfMonth)) return undefined;
  return { kind: 'DAY', endMs: utcMs(year, monthNumber - 1, dayOfMonth + 1) };
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(utcMs(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Like Date.UTC, which takes the years 0 to 99 for 1900 to 1999. */
function utcMs(year: number, monthIndex: number, day: number): number {
  return new Date(0).setUTCFullYear(year, monthIndex, day);
}

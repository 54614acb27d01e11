/** The day of a date in UTC, such as `2022-08-01`; undefined for what is no date in that format. */

type Value = Readonly<Record<string, unknown>>;
export type ReadDay = (value: Value | undefined) => string | undefined;

const minuteMs = 60_000;

/** RFC 3339 with any offset, in either case. */
export const rfc3339Day: ReadDay = (value) => {
  const [, date = '', time = '', offset = ''] =
    /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(upper(value)) ?? [];
  const ahead = offset === 'Z' ? 0 : minutesAhead(offset);
  const local = wallClock(date, time);
  return local === undefined || ahead === undefined ? undefined : dayAt(local - ahead * minuteMs);
};

/** The first and the last instant of summer time in Chisinau in 2021, which changed at midnight UTC. */
const summer = { from: Date.UTC(2021, 2, 28), until: Date.UTC(2021, 9, 31) };

/** `YYYY-MM-DD hh:mm:ss` in Chisinau, unless an offset follows. */
export const chisinauSqlDay: ReadDay = (value) => {
  const [, date = '', time = '', , suffix = ''] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?(?: ?(Z|UTC|[+-]\d\d(?::?\d\d)?))?$/.exec(
      textOf(value),
    ) ?? [];
  const local = wallClock(date, time);
  if (local === undefined) return undefined;
  if (suffix === 'Z' || suffix === 'UTC') return dayAt(local);
  if (suffix !== '') {
    const ahead = minutesAhead(`${suffix.slice(0, 3)}:${suffix.slice(3).replace(':', '') || '00'}`);
    return ahead === undefined ? undefined : dayAt(local - ahead * minuteMs);
  }
  const inSummer = local - 180 * minuteMs;
  const inWinter = local - 120 * minuteMs;
  // A time that occurs twice is its first occurrence. A time that is skipped is read as in winter.
  return dayAt(inSummer >= summer.from && inSummer < summer.until ? inSummer : inWinter);
};

/** A bare date is that day. */
export const bareDay: ReadDay = (value) => {
  const date = textOf(value);
  return wallClock(date, '00:00:00') === undefined ? undefined : date;
};

export const secondsDay: ReadDay = (value) => epochDay(value, 1000);
export const millisecondsDay: ReadDay = (value) => epochDay(value, 1);

/** An instant in the years 1990 to 2099. */
function epochDay(value: Value | undefined, unitMs: number): string | undefined {
  const number = value?.['N'];
  if (typeof number !== 'string') return undefined;
  const ms = Math.floor(Number(number) * unitMs);
  return ms >= Date.UTC(1990, 0, 1) && ms < Date.UTC(2100, 0, 1) ? dayAt(ms) : undefined;
}

/** Milliseconds of a date and a time that exist, as if they were UTC. */
function wallClock(date: string, time: string): number | undefined {
  const isForm = /^\d{4}-\d\d-\d\d$/.test(date) && /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(time);
  const ms = isForm ? Date.parse(`${date}T${time}Z`) : Number.NaN;
  // Date.parse moves 30 February into March.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date) ? ms : undefined;
}

/** An offset of less than a day, such as `-03:30`. */
function minutesAhead(offset: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])([01]\d|2[0-3]):([0-5]\d)$/.exec(offset) ?? [];
  if (sign === undefined) return undefined;
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
}

/** Undefined beyond the year 9999. */
function dayAt(ms: number): string | undefined {
  const iso = new Date(ms).toISOString();
  return /^\d{4}-/.test(iso) ? iso.slice(0, 10) : undefined;
}

function textOf(value: Value | undefined): string {
  const text = value?.['S'];
  return typeof text === 'string' ? text : '';
}

function upper(value: Value | undefined): string {
  return textOf(value).toUpperCase();
}

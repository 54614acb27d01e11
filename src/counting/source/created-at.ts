/**
 * Reads the date of a row in the format of its source, as the text that the register holds: the local time in
 * the windows' time zone with its offset, or a bare date. The windows follow from that text alone.
 */
import { type CreatedAt, parseBareDate, parseCreatedAt } from '../time-window.ts';
import { instantOf, localText, UTC } from '../time-zone.ts';
import { plainNumber } from './number-text.ts';
import type { DateAttribute, DateFormat } from './source.ts';

/** An attribute in DynamoDB's JSON, such as `{ "S": "2022-08-01" }`. */
export type AttributeValue = Readonly<Record<string, unknown>>;

/** Undefined if the attribute is missing, or is not a date of that format. */
export type CreatedAtReader = (value: AttributeValue | undefined) => CreatedAt | undefined;

/** An epoch outside these years is in the wrong unit, or not a date. */
const EPOCH_MIN_MS = Date.UTC(1990, 0, 1);
const EPOCH_MAX_MS = Date.UTC(2100, 0, 1);

/** RFC 3339, section 5.6, with letters in either case. */
const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(\.\d{1,9})?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
/** A timestamp as databases and many languages write it. Without an offset it is local time in the zone. */
const SQL =
  /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d{1,9})?(?: ?(?:Z|UTC|([+-])(\d{2})(?::?(\d{2}))?))?$/;

/** @param timeZone of the windows */
export function createdAtReader(date: DateAttribute, timeZone: string): CreatedAtReader {
  const { format, zone = UTC } = date;
  if (format === 'date') return (value) => parseBareDate(value?.['S']);
  const read = instantReader(format, zone);
  return (value) => {
    // In UTC, the register holds a text that ends in Z as it is, character for character.
    const text = value?.['S'];
    if (timeZone === UTC && format === 'rfc3339' && typeof text === 'string' && text.endsWith('Z')) {
      const createdAt = parseCreatedAt(text);
      if (createdAt !== undefined) return createdAt;
    }
    // Also a text with a lower-case `t`.
    const instant = read(value);
    return instant && parseCreatedAt(localText(instant.atMs, instant.fraction, timeZone));
  };
}

/** In whole seconds, with the fraction of the second as the source writes it. */
interface Instant {
  readonly atMs: number;
  /** Such as `.25`, or empty. */
  readonly fraction: string;
}

function instantReader(
  format: Exclude<DateFormat, 'date'>,
  zone: string,
): (value: AttributeValue | undefined) => Instant | undefined {
  switch (format) {
    case 'rfc3339':
      return (value) => readOffset(RFC_3339, value?.['S']);
    case 'sql':
      return (value) => readSql(value?.['S'], zone);
    case 'epoch-seconds':
      return (value) => readEpoch(value, { decimals: 3 });
    case 'epoch-milliseconds':
      return (value) => readEpoch(value, { decimals: 0 });
  }
}

/** @param decimals how many decimals of the number are milliseconds; further ones are cut off. */
function readEpoch(
  value: AttributeValue | undefined,
  { decimals }: { readonly decimals: number },
): Instant | undefined {
  const [whole, fraction = ''] = plainNumber(value?.['N'] ?? value?.['S'])?.split('.') ?? [];
  const ms = Number(whole) * 10 ** decimals + Number(fraction.slice(0, decimals).padEnd(decimals, '0'));
  if (!(ms >= EPOCH_MIN_MS && ms < EPOCH_MAX_MS)) return undefined;
  return { atMs: Math.floor(ms / 1000) * 1000, fraction: `.${String(ms % 1000).padStart(3, '0')}` };
}

function readSql(text: unknown, zone: string): Instant | undefined {
  const [, date, time, fraction = '', sign] = (typeof text === 'string' && SQL.exec(text)) || [];
  const isInZone = sign === undefined && !/(?:Z|UTC)$/.test(String(text));
  if (!isInZone || zone === UTC) return readOffset(SQL, text);
  const local = parseCreatedAt(`${date}T${time}Z`);
  return local && { atMs: instantOf(Date.parse(local), zone), fraction };
}

/** Reads an instant that has an offset; without one it is in UTC. */
function readOffset(form: RegExp, text: unknown): Instant | undefined {
  const [, date, time, fraction = '', sign, hours = '00', minutes = '00'] =
    (typeof text === 'string' && form.exec(text)) || [];
  // The parser checks the date and the time. An offset is at most 23:59 (RFC 3339, section 5.6).
  const local = parseCreatedAt(`${date}T${time}Z`);
  if (local === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return { atMs: Date.parse(local) - offsetMs, fraction };
}
